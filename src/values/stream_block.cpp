#include "values/stream_block.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/numbers.h"

namespace pongo {
namespace {

using Position = Listpack::Position;

constexpr std::int64_t kDeleted = 1;
constexpr std::int64_t kSameFields = 2;
// The elements of an entry beside its fields: flags, ms, seq; and the number of its own fields.
constexpr std::uint64_t kFixedElements = 3;

// The texts of the numbers that stand among an entry's fields.
class Numbers {
  public:
    std::string_view operator()(std::int64_t value) {
        char* const text = texts_[used_++].data();
        return {text, format_int64(value, text)};
    }

  private:
    std::array<std::array<char, kMaxInt64Digits>, 8> texts_;
    std::size_t used_ = 0;
};

std::int64_t difference(std::uint64_t value, std::uint64_t base) {
    return static_cast<std::int64_t>(value - base);
}

std::uint64_t sum(std::uint64_t base, std::int64_t difference) {
    return base + static_cast<std::uint64_t>(difference);
}

// Reads a listpack that may hold anything: the first thing that is not there, or no number, ends it.
class Checker {
  public:
    explicit Checker(std::string_view bytes) : pack_(bytes), at_(pack_.begin()) {}

    bool failed() const { return failed_; }
    bool at_end() const { return at_ == pack_.end(); }
    // A number from 0 to `most`.
    std::uint64_t count(std::uint64_t most) {
        const std::int64_t value = number();
        if (value < 0 || static_cast<std::uint64_t>(value) > most) failed_ = true;
        return failed_ ? 0 : static_cast<std::uint64_t>(value);
    }
    std::int64_t number() {
        if (failed_ || at_end()) return fail();
        const Listpack::Element element = pack_.take(at_);
        return element.is_integer ? element.integer : fail();
    }
    void skip(std::uint64_t elements) {
        for (; elements > 0 && !failed_; --elements) {
            if (at_end()) {
                failed_ = true;
            } else {
                at_ = pack_.next(at_);
            }
        }
    }

  private:
    std::int64_t fail() {
        failed_ = true;
        return 0;
    }

    Listpack pack_;
    Position at_;
    bool failed_ = false;
};

}  // namespace

StreamBlock::StreamBlock(StreamId id, std::string_view bytes) : id_(id), pack_(bytes) {
    Position at = pack_.begin();
    live_ = static_cast<std::uint64_t>(pack_.take(at).integer);
    deleted_ = static_cast<std::uint64_t>(pack_.take(at).integer);
    fields_ = static_cast<std::uint64_t>(pack_.take(at).integer);
    names_ = at;
    for (std::uint64_t left = fields_; left > 0; --left) at = pack_.next(at);
    begin_ = pack_.next(at);
}

bool StreamBlock::valid(std::string_view bytes) {
    Checker in(bytes);
    std::uint64_t live = in.count(bytes.size());
    std::uint64_t deleted = in.count(bytes.size());
    const std::uint64_t fields = in.count(bytes.size());
    in.skip(fields);
    in.count(0);
    for (std::uint64_t left = live + deleted; left > 0 && !in.failed(); --left) {
        const auto flags = static_cast<std::int64_t>(in.count(kDeleted | kSameFields));
        in.number();
        in.number();
        std::uint64_t elements = kFixedElements + fields;
        if ((flags & kSameFields) != 0) {
            in.skip(fields);
        } else {
            const std::uint64_t own = in.count(bytes.size());
            elements = kFixedElements + 1 + 2 * own;
            in.skip(2 * own);
        }
        if (in.count(elements) != elements) return false;
        std::uint64_t& kind = (flags & kDeleted) != 0 ? deleted : live;
        if (kind-- == 0) return false;
    }
    return !in.failed() && in.at_end();
}

StreamEntry StreamBlock::operator[](Position at) const {
    StreamEntry entry;
    entry.pack = pack_;
    const std::int64_t flags = pack_.take(at).integer;
    entry.deleted = (flags & kDeleted) != 0;
    entry.id.ms = sum(id_.ms, pack_.take(at).integer);
    entry.id.seq = sum(id_.seq, pack_.take(at).integer);
    if ((flags & kSameFields) != 0) {
        entry.fields = fields_;
        entry.names = names_;
    } else {
        entry.fields = static_cast<std::uint64_t>(pack_.take(at).integer);
    }
    entry.values = at;
    return entry;
}

StreamBlock::Position StreamBlock::next(const StreamEntry& entry) const {
    Position at = entry.values;
    const std::uint64_t elements = entry.names != 0 ? entry.fields : 2 * entry.fields;
    for (std::uint64_t left = elements; left > 0; --left) pack_.take(at);
    return pack_.next(at);
}

StreamBlock::Position StreamBlock::previous(Position at) const {
    at = pack_.previous(at);
    for (std::int64_t left = pack_[at].integer; left > 0; --left) at = pack_.previous(at);
    return at;
}

bool StreamBlock::has_fields(std::span<const std::string_view> fields) const {
    if (fields.size() != 2 * fields_) return false;
    std::array<char, kMaxInt64Digits> digits;
    Position at = names_;
    for (std::size_t i = 0; i < fields.size(); i += 2) {
        if (pack_.take(at).text(digits) != fields[i]) return false;
    }
    return true;
}

void StreamBlockEditor::append(StreamId id, std::span<const std::string_view> fields) {
    const std::size_t count = fields.size() / 2;
    Numbers number;
    std::vector<std::string_view> texts;
    texts.reserve(fields.size() + count + 2 * kFixedElements + 2);
    bool same = true;
    StringStore store(bytes_);
    ListpackEditor edit(store);
    if (bytes_.empty()) {
        bytes_ = Listpack::empty_bytes();
        for (const std::int64_t each : {std::int64_t{1}, std::int64_t{0}, static_cast<std::int64_t>(count)}) {
            texts.push_back(number(each));
        }
        for (std::size_t i = 0; i < fields.size(); i += 2) texts.push_back(fields[i]);
        texts.push_back(number(0));
    } else {
        const StreamBlock block(id_, bytes_);
        same = block.has_fields(fields);
        edit.replace(edit.list().begin(), number(static_cast<std::int64_t>(block.live()) + 1));
    }
    texts.push_back(number(same ? kSameFields : 0));
    texts.push_back(number(difference(id.ms, id_.ms)));
    texts.push_back(number(difference(id.seq, id_.seq)));
    if (!same) texts.push_back(number(static_cast<std::int64_t>(count)));
    for (std::size_t i = same ? 1 : 0; i < fields.size(); i += same ? 2 : 1) texts.push_back(fields[i]);
    const std::uint64_t elements = kFixedElements + (same ? count : 2 * count + 1);
    // A block has at most eight numbers in one go, and this one is the last.
    std::array<char, kMaxInt64Digits> digits;
    texts.push_back({digits.data(), format_int64(static_cast<std::int64_t>(elements), digits.data())});
    edit.insert(edit.list().end(), texts);
}

void StreamBlockEditor::mark(StreamBlock::Position at) {
    StringStore store(bytes_);
    const std::int64_t flags = Listpack(bytes_)[at].integer | kDeleted;
    std::array<char, kMaxInt64Digits> digits;
    ListpackEditor(store).replace(at, {digits.data(), format_int64(flags, digits.data())});
}

void StreamBlockEditor::count_erased(std::uint64_t erased) {
    const StreamBlock block(id_, bytes_);
    Numbers number;
    StringStore store(bytes_);
    ListpackEditor edit(store);
    const Position live = edit.list().begin();
    const std::string_view deleted = number(static_cast<std::int64_t>(block.deleted() + erased));
    edit.replace(live, number(static_cast<std::int64_t>(block.live() - erased)));
    edit.replace(edit.list().next(live), deleted);
}

void StreamBlockEditor::erase(StreamBlock::Position at) {
    mark(at);
    count_erased(1);
}

}  // namespace pongo
