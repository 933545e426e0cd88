#include "values/stream_block.h"

#include <array>
#include <string_view>

#include "base/numbers.h"

namespace pongo {
namespace {

using Position = Listpack::Position;

constexpr std::int64_t kDeleted = 1;
constexpr std::int64_t kSameFields = 2;
// The elements of an entry beside its fields: flags, ms, seq; and the number of its own fields.
constexpr std::uint64_t kFixedElements = 3;
// Among the elements that an entry adds: three in front of it, four in the master entry, its own number of
// fields, and how many elements it has.
constexpr std::size_t kMostNumbers = 3 + 4 + 2;

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
    const auto count = static_cast<std::int64_t>(fields.size() / 2);
    const bool is_first = Listpack(bytes_).empty();
    ListpackStore store(bytes_);
    bool same = true;
    if (!is_first) {
        const StreamBlock block(id_, bytes_);
        same = block.has_fields(fields);
        ListpackEditor(store).replace(Listpack(bytes_).begin(), static_cast<std::int64_t>(block.live()) + 1);
    }

    std::size_t room = kMostNumbers * ListpackAppender::kIntegerRoom;
    for (const std::string_view text : fields) room += ListpackAppender::room_for(text);
    ListpackAppender out(store, room);
    if (is_first) {
        for (const std::int64_t number : {std::int64_t{1}, std::int64_t{0}, count}) out.add(number);
        for (std::size_t i = 0; i < fields.size(); i += 2) out.add(fields[i]);
        out.add(std::int64_t{0});
    }
    out.add(same ? kSameFields : 0);
    out.add(difference(id.ms, id_.ms));
    out.add(difference(id.seq, id_.seq));
    if (!same) out.add(count);
    for (std::size_t i = same ? 1 : 0; i < fields.size(); i += same ? 2 : 1) out.add(fields[i]);
    out.add(static_cast<std::int64_t>(kFixedElements) + (same ? count : 2 * count + 1));
    out.finish();
}

void StreamBlockEditor::mark(StreamBlock::Position at) {
    ListpackStore store(bytes_);
    ListpackEditor(store).replace(at, Listpack(bytes_)[at].integer | kDeleted);
}

void StreamBlockEditor::count_erased(std::uint64_t erased) {
    const StreamBlock block(id_, bytes_);
    ListpackStore store(bytes_);
    ListpackEditor edit(store);
    const Position live = edit.list().begin();
    edit.replace(live, static_cast<std::int64_t>(block.live() - erased));
    edit.replace(edit.list().next(live), static_cast<std::int64_t>(block.deleted() + erased));
}

void StreamBlockEditor::erase(StreamBlock::Position at) {
    mark(at);
    count_erased(1);
}

}  // namespace pongo
