#include "scripting/function_libraries.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace pongo {
namespace {

using Library = FunctionLibraries::Library;
using Collision = FunctionLibraries::Collision;
using Restore = FunctionLibraries::Restore;

Library library(std::string name, std::initializer_list<const char*> functions) {
    auto made = std::make_shared<FunctionLibrary>();
    made->name = std::move(name);
    made->source = "#!lua name=" + made->name + "\n";
    for (const char* function : functions) made->functions.emplace_back().name = function;
    return made;
}

std::string owner_of(const FunctionLibraries& libraries, std::string_view function) {
    const auto snapshot = libraries.snapshot();
    const auto found = snapshot->functions.find(function);
    return found == snapshot->functions.end() ? "" : found->second->name;
}

TEST(FunctionLibraries, FunctionsAreFoundInAnyCaseLibrariesInTheirOwn) {
    FunctionLibraries libraries;
    EXPECT_EQ(libraries.add(library("lib", {"One", "two"}), Collision::Abort), "");
    EXPECT_EQ(owner_of(libraries, "oNE"), "lib");
    EXPECT_EQ(owner_of(libraries, "three"), "");
    EXPECT_FALSE(libraries.remove("LIB"));
    EXPECT_TRUE(libraries.remove("lib"));
    EXPECT_FALSE(libraries.remove("lib"));
    EXPECT_EQ(owner_of(libraries, "one"), "");
}

TEST(FunctionLibraries, NothingIsAddedThatCollides) {
    FunctionLibraries libraries;
    EXPECT_EQ(libraries.add(library("a", {"f"}), Collision::Abort), "");
    const auto generation = libraries.generation();
    EXPECT_EQ(libraries.add(library("a", {"g"}), Collision::Abort), "Library 'a' already exists");
    EXPECT_EQ(libraries.add(library("b", {"x", "F"}), Collision::Abort), "Function F already exists");
    EXPECT_EQ(libraries.add(library("b", {"F"}), Collision::Replace), "Function F already exists");
    EXPECT_EQ(libraries.generation(), generation);
    EXPECT_EQ(libraries.add(library("a", {"F", "g"}), Collision::Replace), "");
    EXPECT_NE(libraries.generation(), generation);
    EXPECT_EQ(owner_of(libraries, "g"), "a");
}

TEST(FunctionLibraries, ASnapshotStaysAsItIs) {
    FunctionLibraries libraries;
    libraries.add(library("a", {"f"}), Collision::Abort);
    const auto before = libraries.snapshot();
    libraries.clear();
    libraries.add(library("b", {"f"}), Collision::Abort);
    EXPECT_EQ(before->functions.at("f")->name, "a");
    EXPECT_EQ(before->by_name.size(), 1U);
    EXPECT_LT(before->generation, libraries.snapshot()->generation);
}

TEST(FunctionLibraries, WhatIsRestoredIsThereAsAWholeOrNotAtAll) {
    FunctionLibraries libraries;
    libraries.add(library("a", {"f"}), Collision::Abort);
    libraries.add(library("b", {"g"}), Collision::Abort);
    const std::vector<Library> both{library("c", {"h"}), library("a", {"g"})};
    EXPECT_EQ(libraries.restore(both, Restore::Append), "Library a already exists");
    EXPECT_EQ(libraries.restore(both, Restore::Replace), "Function g already exists");
    EXPECT_EQ(owner_of(libraries, "h"), "");
    EXPECT_EQ(owner_of(libraries, "f"), "a");
    EXPECT_EQ(libraries.restore(both, Restore::Flush), "");
    EXPECT_EQ(owner_of(libraries, "g"), "a");
    EXPECT_EQ(owner_of(libraries, "f"), "");
    EXPECT_EQ(libraries.snapshot()->by_name.size(), 2U);
}

TEST(FunctionLibraries, OfTwoNamesInOneLibraryThatDifferInCaseTheFirstIsFound) {
    FunctionLibraries libraries;
    EXPECT_EQ(libraries.add(library("a", {"f", "F"}), Collision::Abort), "");
    EXPECT_EQ(libraries.snapshot()->functions.size(), 1U);
    EXPECT_TRUE(libraries.remove("a"));
    EXPECT_EQ(owner_of(libraries, "F"), "");
}

// Against names of libraries and of their functions in plain containers.
TEST(FunctionLibraries, AgreesWithAModel) {
    FunctionLibraries libraries;
    std::map<std::string, std::set<std::string>> model;
    std::mt19937 random(1);
    const auto pick = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
    for (int turn = 0; turn < 3000; ++turn) {
        const std::string name(1, static_cast<char>('a' + pick(5)));
        if (pick(4) == 0) {
            EXPECT_EQ(libraries.remove(name), model.erase(name) == 1);
            continue;
        }
        const char first[] = {static_cast<char>('m' + pick(8)), 0};
        const char second[] = {static_cast<char>('m' + pick(8)), 0};
        const bool replace = pick(2) == 0;
        bool fits = replace || !model.contains(name);
        for (const auto& [other, functions] : model) {
            if (other == name && replace) continue;
            fits = fits && !functions.contains(first) && !functions.contains(second);
        }
        const auto error =
            libraries.add(library(name, {first, second}), replace ? Collision::Replace : Collision::Abort);
        ASSERT_EQ(error.empty(), fits) << error;
        if (fits) model[name] = {first, second};
        std::size_t functions = 0;
        for (const auto& [other, names] : model) {
            functions += names.size();
            for (const std::string& each : names) ASSERT_EQ(owner_of(libraries, each), other);
        }
        ASSERT_EQ(libraries.snapshot()->functions.size(), functions);
        ASSERT_EQ(libraries.snapshot()->by_name.size(), model.size());
    }
}

TEST(LibraryHeader, IsReadUpToTheFirstLineEnd) {
    const LibraryHeader header = read_library_header("#!Lua NAME=\"l\\x41b\"\nreturn");
    EXPECT_EQ(header.error, "");
    EXPECT_EQ(header.name, "lAb");
    EXPECT_EQ(header.size, 19U);
}

TEST(LibraryHeader, SaysWhatIsWrong) {
    EXPECT_EQ(read_library_header("return 1").error, "Missing library metadata");
    EXPECT_EQ(read_library_header("#!lua name=a").error, "Invalid library metadata");
    EXPECT_EQ(read_library_header("#!lua\n").error, "Library name was not given");
    EXPECT_EQ(read_library_header("#!js name=a\n").error, "Engine 'js' not found");
    EXPECT_EQ(read_library_header("#!js name=a-b\n").error, kBadFunctionName);
}

}  // namespace
}  // namespace pongo
