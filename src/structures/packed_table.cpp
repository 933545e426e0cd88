#include "structures/packed_table.h"

#include <iterator>

namespace pongo {

std::size_t PageDirectory::bytes() const {
    if (chunks_.empty()) return 0;
    const std::size_t pages = chunks_.front().capacity() + (chunks_.size() - 1) * kChunk;
    return chunks_.capacity() * sizeof(chunks_[0]) + pages * sizeof(PackedPage);
}

void PageDirectory::make_room() {
    if (size_ % kChunk == 0 && chunks_.size() == size_ / kChunk) {
        std::vector<PackedPage> chunk;
        chunk.reserve(size_ == 0 ? 1 : kChunk);
        chunks_.push_back(std::move(chunk));
    }
    std::vector<PackedPage>& last = chunks_.back();
    if (last.size() == last.capacity()) last.reserve(last.size() * 2);
}

void PageDirectory::push_back(PackedPage page) noexcept {
    chunks_.back().push_back(std::move(page));
    ++size_;
}

void PageDirectory::pop_back() {
    std::vector<PackedPage>& last = chunks_.back();
    last.pop_back();
    --size_;
    if (size_ == 0) return clear();
    if (last.empty()) {
        chunks_.pop_back();
        if (chunks_.size() <= chunks_.capacity() / 4) chunks_.shrink_to_fit();
    } else if (chunks_.size() == 1 && last.size() <= last.capacity() / 4) {
        std::vector<PackedPage> smaller;
        smaller.reserve(last.capacity() / 2);
        std::move(last.begin(), last.end(), std::back_inserter(smaller));
        last.swap(smaller);
    }
}

void PageDirectory::clear() {
    PageDirectory().swap(*this);
}

void PageDirectory::swap(PageDirectory& other) noexcept {
    chunks_.swap(other.chunks_);
    std::swap(size_, other.size_);
}

bool PackedTable::locate(std::string_view key, std::uint64_t hash, PackedPage::Item& item) const {
    if (size_ == 0) return false;
    const PackedPage& page = pages_[page_of(hash)];
    page.prefetch();
    return page.find(tag_of(hash), key, item);
}

std::optional<std::string_view> PackedTable::find(std::string_view key, std::uint64_t hash) const {
    PackedPage::Item item;
    if (!locate(key, hash, item)) return std::nullopt;
    return item.value;
}

PackedTable PackedTable::copy() const {
    PackedTable copied(secret_);
    for (std::uint64_t i = 0; i < pages_.size(); ++i) {
        if (i + kAhead < pages_.size()) pages_[i + kAhead].prefetch();
        copied.pages_.make_room();
        copied.pages_.push_back(pages_[i].copy(copied.page_bytes_));
    }
    copied.size_ = size_;
    copied.highest_count_ = highest_count_;
    return copied;
}

bool PackedTable::put(std::string_view key, std::string_view value) {
    const std::uint64_t key_hash = hash(key);
    PackedPage::Item item;
    if (locate(key, key_hash, item)) {
        announce(key_hash);
        pages_[page_of(key_hash)].set_value(item, value, page_bytes_);
        return false;
    }
    add(key, value, key_hash);
    return true;
}

void PackedTable::add(std::string_view key, std::string_view value, std::uint64_t hash) {
    announce(hash);
    if (pages_.size() == 0) {
        pages_.make_room();
        pages_.push_back(PackedPage());
    }
    PackedPage& page = pages_[page_of(hash)];
    page.add(tag_of(hash), key, value, page_bytes_);
    note_count(page);
    ++size_;
    if (size_ > pages_.size() * kTargetLoad) split_next();
}

bool PackedTable::erase(std::string_view key, std::uint64_t hash) {
    PackedPage::Item item;
    if (!locate(key, hash, item)) return false;
    announce(hash);
    pages_[page_of(hash)].erase(item, page_bytes_);
    --size_;
    if (size_ == 0) {
        forget_items();
    } else if (size_ < (pages_.size() - 1) * kSparseLoad) {
        merge_last();
    }
    return true;
}

void PackedTable::clear() {
    DCHECK(!watcher_);
    forget_items();
}

void PackedTable::forget_items() {
    pages_.clear();
    size_ = 0;
    page_bytes_ = 0;
    highest_count_ = 0;
}

void PackedTable::swap(PackedTable& other) noexcept {
    std::swap(secret_, other.secret_);
    pages_.swap(other.pages_);
    std::swap(size_, other.size_);
    std::swap(page_bytes_, other.page_bytes_);
    std::swap(highest_count_, other.highest_count_);
    std::swap(watcher_, other.watcher_);
    if (watcher_) watcher_->moved_to(*this);
    if (other.watcher_) other.watcher_->moved_to(other);
}

void PackedTable::split_next() {
    pages_.make_room();
    PackedPage& lower = pages_[parent_of(pages_.size())];
    std::vector<bool> moves(lower.count());
    lower.for_each(
        [&](const PackedPage::Item& item) { moves[item.index] = (hash(item.key) >> level() & 1) != 0; });
    PackedPage upper;
    lower.split(moves, upper, page_bytes_);
    pages_.push_back(std::move(upper));
}

void PackedTable::merge_last() {
    const std::uint64_t last = pages_.size() - 1;
    PackedPage& lower = pages_[parent_of(last)];
    lower.absorb(pages_[last], page_bytes_);
    note_count(lower);
    pages_.pop_back();
}

void PackedTable::note_count(const PackedPage& page) {
    highest_count_ = std::max<std::uint64_t>(highest_count_, page.count());
}

std::optional<PackedTable::Item> PackedTable::random(Random& random) const {
    if (size_ == 0) return std::nullopt;
    for (;;) {
        const std::uint64_t slot = random.below(pages_.size() * highest_count_);
        const PackedPage& page = pages_[slot / highest_count_];
        const std::uint64_t index = slot % highest_count_;
        if (index >= page.count()) continue;
        const PackedPage::Item item = page.at(index);
        return Item{item.key, item.value};
    }
}

std::vector<PackedTable::Item> PackedTable::sample(std::uint64_t count, Random& random) const {
    const auto place = [](const Item& item) { return item.key.data(); };
    std::vector<Item> drawn;
    drawn.reserve(count);
    while (drawn.size() < count) {
        const auto known = static_cast<std::ptrdiff_t>(drawn.size());
        while (drawn.size() < count) drawn.push_back(*this->random(random));
        std::ranges::sort(drawn.begin() + known, drawn.end(), {}, place);
        std::ranges::inplace_merge(drawn, drawn.begin() + known, {}, place);
        const auto same = [&](const Item& a, const Item& b) { return place(a) == place(b); };
        drawn.erase(std::unique(drawn.begin(), drawn.end(), same), drawn.end());
    }
    return drawn;
}

bool PackedTable::valid() const {
    std::uint64_t items = 0;
    std::size_t bytes = 0;
    for (std::uint64_t i = 0; i < pages_.size(); ++i) {
        if (!page_valid(i)) return false;
        items += pages_[i].count();
        bytes += pages_[i].bytes();
    }
    if (items != size_ || bytes != page_bytes_) return false;
    if (pages_.size() == 0) return size_ == 0;
    return size_ != 0 && size_ >= (pages_.size() - 1) * kSparseLoad && size_ <= pages_.size() * kTargetLoad;
}

// Whether the items of a page are where, and under which tags, they belong.
bool PackedTable::page_valid(std::uint64_t index) const {
    const PackedPage& page = pages_[index];
    if (!page.valid() || page.count() > highest_count_) return false;
    bool right = true;
    page.for_each([&](const PackedPage::Item& item) {
        const std::uint64_t item_hash = hash(item.key);
        PackedPage::Item found;
        right = right && page_of(item_hash) == index && page.tag(item.index) == tag_of(item_hash) &&
                page.find(tag_of(item_hash), item.key, found) && found.index == item.index;
    });
    return right;
}

}  // namespace pongo
