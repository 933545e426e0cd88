#include "scripting/function_libraries.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace pongo {
namespace {

std::string library_exists(std::string_view name) {
    return "Library '" + std::string(name) + "' already exists";
}

// The words behind "#!" and the name of the engine.
std::string read_properties(std::span<const std::string> words, std::optional<std::string>& name) {
    constexpr std::string_view kName = "name=";
    for (const std::string_view word : words) {
        if (!equals_ignore_case(word.substr(0, kName.size()), kName)) {
            return "Invalid metadata value given: " + std::string(word);
        }
        if (name) return "Invalid metadata value, name argument was given multiple times";
        name = word.substr(kName.size());
    }
    return {};
}

}  // namespace

std::size_t FunctionLibrary::memory() const {
    std::size_t sum = sizeof(FunctionLibrary) + name.capacity() + source.capacity();
    for (const Function& function : functions) {
        sum += sizeof(Function) + function.name.capacity();
        if (function.description) sum += function.description->capacity();
    }
    return sum;
}

std::size_t HashOfAnyCase::operator()(std::string_view text) const {
    constexpr std::uint64_t kOffset = 0xcbf29ce484222325;  // FNV-1a.
    constexpr std::uint64_t kPrime = 0x100000001b3;
    std::uint64_t hash = kOffset;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(ascii_lower(c))) * kPrime;
    return static_cast<std::size_t>(hash);
}

bool is_function_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && std::ranges::all_of(name, is_allowed);
}

LibraryHeader read_library_header(std::string_view source) {
    constexpr std::string_view kMark = "#!";
    LibraryHeader header;
    if (!source.starts_with(kMark)) return {.error = "Missing library metadata"};
    header.size = until_nul(source).find('\n');
    if (header.size == std::string_view::npos) return {.error = "Invalid library metadata"};
    const auto words = split_arguments(source.substr(0, header.size));
    if (!words || words->empty()) return {.error = "Invalid library metadata"};

    const std::string engine = words->front().substr(kMark.size());
    std::optional<std::string> name;
    header.error = read_properties(std::span(*words).subspan(1), name);
    if (!header.error.empty()) return header;
    if (!name) {
        header.error = "Library name was not given";
    } else if (!is_function_name(*name)) {
        header.error = kBadFunctionName;
    } else if (!equals_ignore_case(engine, "lua")) {
        header.error = "Engine '" + engine + "' not found";
    }
    header.name = std::move(name).value_or("");
    return header;
}

std::size_t FunctionLibraries::Snapshot::memory() const {
    constexpr std::size_t kAroundLibrary = sizeof(*by_name.begin()) + 4 * sizeof(void*);
    constexpr std::size_t kAroundFunction = sizeof(*functions.begin()) + 2 * sizeof(void*);
    std::size_t sum = functions.size() * kAroundFunction;
    for (const auto& [name, library] : by_name) sum += library->memory() + kAroundLibrary;
    return sum;
}

std::shared_ptr<const FunctionLibraries::Snapshot> FunctionLibraries::snapshot() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

std::string FunctionLibraries::collision_with(const Snapshot& others, const FunctionLibrary& library) {
    if (others.by_name.contains(library.name)) return library_exists(library.name);
    for (const Function& function : library.functions) {
        if (others.functions.contains(function.name)) {
            return "Function " + function.name + " already exists";
        }
    }
    return {};
}

// Of functions of one library whose names differ in their case only, FCALL finds the first.
void FunctionLibraries::put(Snapshot& snapshot, Library library) {
    for (const Function& function : library->functions) {
        snapshot.functions.emplace(function.name, library.get());
    }
    const std::string_view name = library->name;
    snapshot.by_name.emplace(name, std::move(library));
}

void FunctionLibraries::take(Snapshot& snapshot, std::string_view name) {
    const auto found = snapshot.by_name.find(name);
    if (found == snapshot.by_name.end()) return;
    for (const Function& function : found->second->functions) snapshot.functions.erase(function.name);
    snapshot.by_name.erase(found);
}

std::string FunctionLibraries::add(Library library, Collision collision) {
    const std::lock_guard lock(mutex_);
    Snapshot next = copy();
    if (collision == Collision::Replace) take(next, library->name);
    if (std::string error = collision_with(next, *library); !error.empty()) return error;
    put(next, std::move(library));
    publish(std::move(next));
    return {};
}

bool FunctionLibraries::remove(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (!current_->by_name.contains(name)) return false;
    Snapshot next = copy();
    take(next, name);
    publish(std::move(next));
    return true;
}

void FunctionLibraries::clear() {
    const std::lock_guard lock(mutex_);
    publish({});
}

std::string FunctionLibraries::restore(std::span<const Library> libraries, Restore policy) {
    const std::lock_guard lock(mutex_);
    Snapshot next;
    if (policy != Restore::Flush) next = copy();
    // As in Redis: all libraries are looked at before the first function.
    for (const Library& library : libraries) {
        if (!next.by_name.contains(library->name)) continue;
        if (policy == Restore::Append) return "Library " + library->name + " already exists";
        take(next, library->name);
    }
    for (const Library& library : libraries) {
        if (std::string error = collision_with(next, *library); !error.empty()) return error;
        put(next, library);
    }
    publish(std::move(next));
    return {};
}

FunctionLibraries::Snapshot FunctionLibraries::copy() const {
    return *current_;
}

void FunctionLibraries::publish(Snapshot&& next) {
    next.generation = generation_.load(std::memory_order_relaxed) + 1;
    const std::uint64_t generation = next.generation;
    current_ = std::make_shared<const Snapshot>(std::move(next));
    generation_.store(generation, std::memory_order_release);
}

}  // namespace pongo
