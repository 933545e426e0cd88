#include "values/sorted_set.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/numbers.h"
#include "structures/repeats.h"
#include "values/packed_limit.h"

namespace pongo {
namespace {

using Element = Listpack::Element;
using Position = Listpack::Position;
using Edge = SortedSet::Edge;

constexpr std::size_t kElementsPerItem = 2;

// --- Scores in listpacks

// The bounds of the integers that scores are written as, which are those of Redis.
constexpr double kMaxPackedInteger = 0x1p62;

// A score as the text of a listpack's element.
class PackedScore {
  public:
    explicit PackedScore(double score) {
        const bool is_integer = std::fabs(score) <= kMaxPackedInteger && std::trunc(score) == score;
        size_ =
            is_integer ? format_int64(static_cast<std::int64_t>(score), text_) : format_double(score, text_);
    }
    std::string_view view() const { return {text_, size_}; }

  private:
    char text_[kMaxDoubleText];
    std::size_t size_;
};

double score_of(const Element& element) {
    if (element.is_integer) return static_cast<double>(element.integer);
    double score = 0;
    std::from_chars(element.bytes.data(), element.bytes.data() + element.bytes.size(), score);
    return score;
}

bool is_score(const Element& element) {
    if (element.is_integer) return true;
    double score = 0;
    const char* const end = element.bytes.data() + element.bytes.size();
    const auto [stop, error] = std::from_chars(element.bytes.data(), end, score);
    return error == std::errc{} && stop == end && !std::isnan(score);
}

// --- Items in listpacks

SortedSet::Item item_at(const Listpack& pack, Position at) {
    return {pack[at], score_of(pack[pack.next(at)])};
}

Position next_item(const Listpack& pack, Position at) {
    return pack.next(pack.next(at));
}

Position previous_item(const Listpack& pack, Position at) {
    return pack.previous(pack.previous(at));
}

Position find_member(const Listpack& pack, std::string_view member) {
    return pack.find(member, pack.begin(), kElementsPerItem - 1);
}

bool comes_before(const Listpack& pack, Position at, double score, std::string_view member) {
    const double other = score_of(pack[pack.next(at)]);
    if (other != score) return other < score;
    std::array<char, kMaxInt64Digits> digits;
    return pack[at].text(digits) < member;
}

bool comes_before_cut(auto value, auto cut, Edge edge) {
    return edge == Edge::Before ? value < cut : value <= cut;
}

// How many items before(Position) is true for, which are the first ones.
template <typename Before>
std::uint64_t count_while(const Listpack& pack, Before&& before) {
    std::uint64_t count = 0;
    for (Position at = pack.begin(); at != pack.end() && before(at); at = next_item(pack, at)) ++count;
    return count;
}

// The place of a new item: searched from the back, since many sorted sets grow there.
Position place_for(const Listpack& pack, std::string_view member, double score) {
    Position at = pack.end();
    while (at != pack.begin()) {
        const Position before = previous_item(pack, at);
        if (comes_before(pack, before, score, member)) break;
        at = before;
    }
    return at;
}

bool fits_between_neighbours(const Listpack& pack, Position at, std::string_view member, double score) {
    const Position next = next_item(pack, at);
    return (at == pack.begin() || comes_before(pack, previous_item(pack, at), score, member)) &&
           (next == pack.end() || !comes_before(pack, next, score, member));
}

void insert_item(ListpackEditor& pack, Position at, std::string_view member, double score) {
    const PackedScore packed(score);
    const std::string_view texts[] = {member, packed.view()};
    pack.insert(at, texts);
}

std::unique_ptr<RankedMembers> unpacked(const Listpack& pack) {
    auto ranked = std::make_unique<RankedMembers>();
    std::array<char, kMaxInt64Digits> digits;
    for (Position at = pack.begin(); at != pack.end(); at = next_item(pack, at)) {
        const SortedSet::Item item = item_at(pack, at);
        ranked->members.insert(item.member.text(digits), item.score);
    }
    return ranked;
}

}  // namespace

std::unique_ptr<HeapValue> RankedMembers::copy() const {
    return std::make_unique<RankedMembers>(*this);
}

// --- Reading

Payload SortedSet::empty() {
    return {.type = Type::SortedSet,
            .encoding = Encoding::Listpack,
            .storage = Storage::Inline,
            .bytes = Listpack::empty_bytes()};
}

bool SortedSet::valid(Listpack pack) {
    if (pack.size() % kElementsPerItem != 0) return false;
    for (Position at = pack.begin(); at != pack.end(); at = next_item(pack, at)) {
        std::array<char, kMaxInt64Digits> digits;
        const std::string_view member = pack[at].text(digits);
        const Element score = pack[pack.next(at)];
        if (!is_score(score)) return false;
        if (at != pack.begin() && !comes_before(pack, previous_item(pack, at), score_of(score), member)) {
            return false;
        }
    }
    return !has_repeats(pack, kElementsPerItem - 1);
}

std::uint64_t SortedSet::size() const {
    return is_packed() ? packed().size() / kElementsPerItem : ranked().size();
}

std::optional<double> SortedSet::score(std::string_view member) const {
    if (!is_packed()) return ranked().score(member);
    const Listpack pack = packed();
    const Position at = find_member(pack, member);
    return at == pack.end() ? std::nullopt : std::optional(score_of(pack[pack.next(at)]));
}

std::optional<std::uint64_t> SortedSet::rank(std::string_view member) const {
    if (!is_packed()) return ranked().rank(member);
    const auto number = parse_int64(member);
    const Listpack pack = packed();
    const std::uint64_t rank =
        count_while(pack, [&](Position at) { return !pack[at].equals(member, number); });
    return rank == size() ? std::nullopt : std::optional(rank);
}

std::uint64_t SortedSet::count_before(double score, Edge edge) const {
    if (!is_packed()) {
        return ranked().rank_of(edge == Edge::Before ? ranked().lower_bound(score)
                                                     : ranked().upper_bound(score));
    }
    const Listpack pack = packed();
    return count_while(
        pack, [&](Position at) { return comes_before_cut(score_of(pack[pack.next(at)]), score, edge); });
}

std::uint64_t SortedSet::count_before(std::string_view member, Edge edge) const {
    if (!is_packed()) {
        return ranked().rank_of(edge == Edge::Before ? ranked().lower_bound_member(member)
                                                     : ranked().upper_bound_member(member));
    }
    const Listpack pack = packed();
    std::array<char, kMaxInt64Digits> digits;
    return count_while(pack,
                       [&](Position at) { return comes_before_cut(pack[at].text(digits), member, edge); });
}

SortedSet::Cursor SortedSet::at(std::uint64_t rank) const {
    if (!is_packed()) return Cursor(ranked().at(rank));
    return {packed(), packed().seek(static_cast<std::int64_t>(rank * kElementsPerItem))};
}

SortedSet::Item SortedSet::random(Random& random) const {
    if (is_packed()) return *at(random.below(size()));
    const ScoredMembers::Item item = ranked().random(random);
    return {{.bytes = item.member}, item.score};
}

SortedSet::Item SortedSet::Cursor::operator*() const {
    if (pack_) return item_at(*pack_, at_);
    return {{.bytes = ranked_.member()}, ranked_.score()};
}

double SortedSet::Cursor::score() const {
    return pack_ ? item_at(*pack_, at_).score : ranked_.score();
}

void SortedSet::Cursor::next() {
    if (pack_) {
        at_ = next_item(*pack_, at_);
    } else {
        ranked_.next();
    }
}

void SortedSet::Cursor::previous() {
    if (!pack_) return ranked_.previous();
    // Before the first item is nowhere.
    at_ = at_ == pack_->begin() ? pack_->end() : previous_item(*pack_, at_);
}

// --- Changing

ScoredMembers* SortedSetEditor::ranked() const {
    const Payload payload = holder_.payload();
    if (payload.encoding == Encoding::Listpack) return nullptr;
    return &static_cast<RankedMembers&>(heap_value(payload)).members;
}

SortedSetEditor::Place SortedSetEditor::find(std::string_view member) const {
    if (const ScoredMembers* const members = ranked()) {
        const ScoredMembers::Place place = members->find(member);
        return {.score = place ? std::optional(place.score()) : std::nullopt, .ranked = place};
    }
    const Listpack pack = set().packed();
    const Position at = find_member(pack, member);
    if (at == pack.end()) return {};
    return {.score = score_of(pack[pack.next(at)]), .at = at};
}

SortedSetEditor::Outcome SortedSetEditor::put_at(const Place& place, std::string_view member, double score) {
    if (place.score == score) return Outcome::Unchanged;
    ScoredMembers* const members = ranked();
    if (place.score) {
        members ? members->update(place.ranked, member, score) : move_in_pack(place.at, member, score);
        return Outcome::Moved;
    }
    members ? members->insert(place.ranked, member, score) : add_to_pack(member, score);
    return Outcome::Added;
}

void SortedSetEditor::expect(std::uint64_t items, std::size_t longest) {
    if (!ranked() && !limits_.allow(items, longest)) leave_pack();
}

bool SortedSetEditor::fits_pack(std::string_view member) const {
    const std::string_view bytes = holder_.view();
    return limits_.allow(Listpack(bytes).size() / kElementsPerItem + 1, member.size()) &&
           bytes.size() + member.size() < kMostPackedBytes;
}

void SortedSetEditor::add_to_pack(std::string_view member, double score) {
    if (!fits_pack(member)) return leave_pack().insert(member, score);
    ListpackEditor edit(holder_);
    insert_item(edit, place_for(edit.list(), member, score), member, score);
}

void SortedSetEditor::append(const SortedSet::Item& item) {
    std::array<char, kMaxInt64Digits> digits;
    const std::string_view member = item.member.text(digits);
    if (ScoredMembers* const members = ranked()) return members->insert(member, item.score);
    if (!fits_pack(member)) return leave_pack().insert(member, item.score);
    ListpackEditor edit(holder_);
    insert_item(edit, edit.list().end(), member, item.score);
}

void SortedSetEditor::move_in_pack(Position at, std::string_view member, double score) {
    ListpackEditor edit(holder_);
    if (fits_between_neighbours(edit.list(), at, member, score)) {
        edit.replace(edit.list().next(at), PackedScore(score).view());
        return;
    }
    edit.erase(at, kElementsPerItem);
    insert_item(edit, place_for(edit.list(), member, score), member, score);
}

ScoredMembers& SortedSetEditor::leave_pack() {
    auto ranked = unpacked(set().packed());
    ScoredMembers& members = ranked->members;
    holder_.replace(heap_payload(Type::SortedSet, Encoding::Skiplist, std::move(ranked)));
    return members;
}

bool SortedSetEditor::erase(std::string_view member) {
    if (ScoredMembers* const members = ranked()) return members->erase(member);
    const Listpack pack = set().packed();
    const Position at = find_member(pack, member);
    if (at == pack.end()) return false;
    ListpackEditor(holder_).erase(at, kElementsPerItem);
    return true;
}

void SortedSetEditor::erase_range(std::uint64_t first, std::uint64_t count) {
    if (ScoredMembers* const members = ranked()) {
        members->erase_range(first, count, [](std::string_view, double) {});
        return;
    }
    ListpackEditor edit(holder_);
    const Position at = edit.list().seek(static_cast<std::int64_t>(first * kElementsPerItem));
    edit.erase(at, std::min(count, set().size()) * kElementsPerItem);
}

}  // namespace pongo
