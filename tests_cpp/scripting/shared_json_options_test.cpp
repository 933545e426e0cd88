#include "scripting/shared_json_options.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

TEST(SharedJsonOptions, WhatTwoScriptsSetSideBySideHoldsBoth) {
    SharedJsonOptions shared;
    SharedJsonOptions::Copy first;
    SharedJsonOptions::Copy second;
    shared.update(first);
    shared.update(second);
    const JsonOptions before = first.options;
    first.options.precision = 3;
    second.options.encode_depth = 77;
    second.options.encode_invalid = InvalidNumbers::WriteNull;
    shared.set_changed(before, second.options);
    shared.set_changed(before, first.options);
    shared.update(second);
    EXPECT_EQ(second.options.precision, 3);
    EXPECT_EQ(second.options.encode_depth, 77);
    EXPECT_EQ(second.options.encode_invalid, InvalidNumbers::WriteNull);
    EXPECT_EQ(second.options.decode_depth, before.decode_depth);
}

TEST(SharedJsonOptions, EveryOptionIsTakenOver) {
    const JsonOptions before;
    const JsonOptions after{.sparse_as_object = true,
                            .sparse_ratio = 1,
                            .sparse_safe = 2,
                            .encode_depth = 3,
                            .decode_depth = 4,
                            .precision = 5,
                            .keep_buffer = false,
                            .encode_invalid = InvalidNumbers::Write,
                            .decode_invalid = false};
    JsonOptions options;
    options.take_changed(before, after);
    EXPECT_EQ(options, after);
}

}  // namespace
}  // namespace pongo
