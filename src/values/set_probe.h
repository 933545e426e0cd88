// Asking a set for many members, in batches: what intersections and differences are made of.
//
// Thread rule: one thread, while the sets stay unchanged.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "values/set.h"

namespace pongo {

// A member that several sets are asked for, in the forms that they need, each made when it is needed first.
class AskedMember {
  public:
    void assign(const Set::Element& element) {
        element_ = element;
        text_size_ = 0;
        knows_number_ = element.is_integer;
        number_ = element.is_integer ? std::optional(element.integer) : std::nullopt;
        knows_hash_ = false;
    }

    const Set::Element& element() const { return element_; }
    std::string_view text() {
        if (!element_.is_integer) return element_.bytes;
        if (text_size_ == 0) text_size_ = format_int64(element_.integer, digits_.data());
        return {digits_.data(), text_size_};
    }
    // Nothing if it is not the text of an integer.
    std::optional<std::int64_t> number() {
        if (!knows_number_) number_ = parse_int64(element_.bytes);
        knows_number_ = true;
        return number_;
    }
    // As every table of members hashes it.
    std::uint64_t hash(const PackedTable& table) {
        if (!knows_hash_) hash_ = table.hash(text());
        knows_hash_ = true;
        return hash_;
    }

  private:
    Set::Element element_;
    std::optional<std::int64_t> number_;
    std::uint64_t hash_ = 0;
    std::size_t text_size_ = 0;
    bool knows_number_ = false;
    bool knows_hash_ = false;
    std::array<char, kMaxInt64Digits> digits_;
};

// One set that is asked.
class SetProbe {
  public:
    // `questions` is how many there will be, at most: whether it is worth preparing for them.
    SetProbe(const Set& set, std::uint64_t questions);

    // Says that contains() will be asked for the member soon.
    void prepare(AskedMember& member) const {
        if (table_) table_->prefetch(member.hash(*table_));
    }
    bool contains(AskedMember& member);

  private:
    // An open-addressing index of a listpack: where its elements are, by a hash of them.
    static constexpr std::size_t kIndexSlots = 2 * SetEditor::kMaxPackedMembers;
    static constexpr std::uint64_t kQuestionsWorthAnIndex = 8;

    void index_list(const Listpack& list);
    bool list_contains(AskedMember& member) const;
    bool integers_contain(std::int64_t value);

    Set set_;
    const PackedTable* table_ = nullptr;
    // Of an intset: where the last one that was looked for is or would be. Askers often ascend.
    std::int64_t last_value_ = INT64_MIN;
    std::size_t last_index_ = 0;
    bool indexed_ = false;
    std::array<std::uint16_t, kIndexSlots> index_;  // 0: nothing there.
};

// Some members on their way through several sets.
class MemberBatch {
  public:
    static constexpr std::size_t kMost = 16;

    bool full() const { return size_ == kMost; }
    bool empty() const { return size_ == 0; }
    // REQUIRES: not full.
    void add(const Set::Element& element) {
        members_[size_].assign(element);
        order_[size_] = static_cast<std::uint8_t>(size_);
        ++size_;
    }
    void clear() { size_ = 0; }

    enum class Keep : std::uint8_t { Present, Absent };
    // Drops the members that the set has not, or has.
    void filter(SetProbe& probe, Keep keep);

    // Calls visit(const Element&) for those that are left, until it returns false; then returns false.
    template <typename Visit>
    bool visit_while(Visit&& visit) const {
        for (std::size_t i = 0; i < size_; ++i) {
            if (!visit(members_[order_[i]].element())) return false;
        }
        return true;
    }

  private:
    std::array<AskedMember, kMost> members_;
    std::array<std::uint8_t, kMost> order_;  // The first size_: which of the members are left.
    std::size_t size_ = 0;
};

}  // namespace pongo
