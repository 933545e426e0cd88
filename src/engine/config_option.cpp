#include "engine/config_option.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <type_traits>

#include "base/check.h"
#include "base/container_memory.h"
#include "base/cpu.h"
#include "base/escape.h"
#include "base/numbers.h"

namespace pongo {
namespace {

constexpr std::string_view kWrongNumber = "wrong number of arguments";

template <typename... Arms>
struct Overloaded : Arms... {
    using Arms::operator()...;
};

// Numbers.

std::string in_base(std::int64_t number, int base) {
    char digits[72];
    return {digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr};
}

std::optional<std::int64_t> parse_octal(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, 8);
    if (text.empty()) return 0;
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

OptionValue out_of_range(const Integer& type) {
    const int base = type.unit == NumberUnit::Octal ? 8 : 10;
    return refused("argument must be between " + in_base(type.min, base) + " and " + in_base(type.max, base) +
                   " inclusive");
}

OptionValue in_range(const Integer& type, std::int64_t number) {
    if (number < type.min || number > type.max) return out_of_range(type);
    return accepted(in_base(number, type.unit == NumberUnit::Octal ? 8 : 10));
}

// Redis knows no shares of memory.
OptionValue refused_bytes(const Integer& type) {
    return refused(type.unit == NumberUnit::BytesOrPercent ? "argument must be a memory or percent value"
                                                           : "argument must be a memory value");
}

OptionValue read_bytes(const Integer& type, std::string_view word) {
    if (const auto number = parse_memory_size(word)) return in_range(type, *number);
    // A size that is well written but more than any number of bytes.
    const auto unit = word.find_first_not_of("0123456789");
    const std::string one = '1' + std::string(unit == std::string_view::npos ? "" : word.substr(unit));
    if (unit != 0 && parse_memory_size(one)) return out_of_range(type);
    return refused_bytes(type);
}

OptionValue read_percent(const Integer& type, std::string_view digits) {
    const auto percent = parse_int64(digits);
    if (!percent || *percent < 0) return refused_bytes(type);
    if (*percent > 100) return refused("percentage argument must be less or equal to 100");
    return accepted(*percent == 0 ? "0" : in_base(*percent, 10) + "%");
}

OptionValue read_integer(const Integer& type, std::string_view word) {
    switch (type.unit) {
        case NumberUnit::Plain:
            if (const auto number = parse_int64(word)) return in_range(type, *number);
            return refused("argument couldn't be parsed into an integer");
        case NumberUnit::Octal:
            if (const auto number = parse_octal(word)) return in_range(type, *number);
            return refused("argument couldn't be parsed as an octal number");
        case NumberUnit::BytesOrPercent:
        case NumberUnit::BytesOrMemoryShare:
            if (word.ends_with('%')) return read_percent(type, word.substr(0, word.size() - 1));
            return read_bytes(type, word);
        case NumberUnit::Bytes:
            return read_bytes(type, word);
    }
    return refused({});
}

std::int64_t share_of_memory(std::int64_t percent) {
    constexpr double kWhole = 100;
    return static_cast<std::int64_t>(static_cast<double>(available_memory()) * static_cast<double>(percent) /
                                     kWhole);
}

// A percentage of something else is a negative number.
std::int64_t integer_of(const OptionType& type, std::string_view text) {
    if (std::holds_alternative<Processors>(type)) {
        const auto& processors = std::get<Processors>(type);
        if (text == "auto") return std::min<std::int64_t>(available_cpus(), processors.max);
    } else if (const auto& integer = std::get<Integer>(type); integer.unit == NumberUnit::Octal) {
        return parse_octal(text).value_or(0);
    } else if (text.ends_with('%')) {
        const std::int64_t percent = parse_int64(text.substr(0, text.size() - 1)).value_or(0);
        return integer.unit == NumberUnit::BytesOrMemoryShare ? share_of_memory(percent) : -percent;
    }
    return parse_int64(text).value_or(0);
}

OptionValue read_processors(const Processors& type, std::string_view word) {
    if (word == "0" || equals_ignore_case(word, "auto")) return accepted("auto");
    return read_integer(Integer{.min = 1, .max = type.max}, word);
}

// Names.

const Name* find_name(std::span<const Name> names, std::string_view word) {
    const auto found =
        std::ranges::find_if(names, [&](const Name& n) { return equals_ignore_case(n.name, word); });
    return found == names.end() ? nullptr : &*found;
}

std::string_view name_of(std::span<const Name> names, int value) {
    const auto found = std::ranges::find(names, value, &Name::value);
    CHECK(found != names.end());
    return found->name;
}

OptionValue refused_name(std::span<const Name> names) {
    std::string error = "argument(s) must be one of the following: ";
    for (const auto& each : names) {
        if (&each != &names.front()) error += ", ";
        error += each.name;
    }
    return refused(error);
}

OptionValue read_one_of(const OneOf& type, std::string_view word) {
    const Name* const name = find_name(type.names, word);
    if (name == nullptr) return refused_name(type.names);
    return accepted(std::string(name_of(type.names, name->value)));
}

int sum_of(std::span<const Name> names, std::string_view text) {
    int sum = 0;
    for (const auto& word : split_at_spaces(text)) {
        if (const Name* const name = find_name(names, word)) sum |= name->value;
    }
    return sum;
}

OptionValue read_some_of(const SomeOf& type, std::span<const std::string> words) {
    if (words.empty()) return refused_name(type.names);
    int sum = 0;
    for (const auto& word : words) {
        const Name* const name = find_name(type.names, word);
        if (name == nullptr) return refused_name(type.names);
        sum |= name->value;
    }
    if (sum == 0) return accepted(std::string(name_of(type.names, 0)));
    std::vector<std::string> chosen;
    for (const auto& name : type.names) {
        if ((sum & name.value) != 0) chosen.emplace_back(name.name);
    }
    return accepted(joined_with_spaces(chosen));
}

OptionValue read_yes_no(std::string_view word) {
    if (equals_ignore_case(word, "yes")) return accepted("yes");
    if (equals_ignore_case(word, "no")) return accepted("no");
    return refused("argument must be 'yes' or 'no'");
}

// All types.

bool takes_words(const OptionType& type) {
    return std::holds_alternative<Words>(type) || std::holds_alternative<SomeOf>(type);
}

OptionValue read_words(const OptionType& type, std::span<const std::string> words, std::string_view earlier) {
    const auto read = [&](std::span<const std::string> each) {
        if (const auto* const some = std::get_if<SomeOf>(&type)) return read_some_of(*some, each);
        return std::get<Words>(type).read(each, earlier);
    };
    if (words.size() != 1) return read(words);
    return read(split_at_spaces(words.front()));
}

OptionValue read_word(const OptionType& type, const std::string& word) {
    return std::visit(Overloaded{
                          [&](const YesNo&) { return read_yes_no(word); },
                          [&](const Integer& integer) { return read_integer(integer, word); },
                          [&](const Processors& processors) { return read_processors(processors, word); },
                          [&](const OneOf& names) { return read_one_of(names, word); },
                          [&](const Text&) { return accepted(word); },
                          [&](const auto&) { return refused(kWrongNumber); },
                      },
                      type);
}

OptionValue read_unchecked(const OptionType& type, std::span<const std::string> words,
                           std::string_view earlier) {
    if (takes_words(type)) return read_words(type, words, earlier);
    if (words.size() != 1) return refused(kWrongNumber);
    return read_word(type, words.front());
}

int enumerator_of(const OptionType& type, std::string_view text) {
    if (const auto* const one = std::get_if<OneOf>(&type)) return find_name(one->names, text)->value;
    return sum_of(std::get<SomeOf>(type).names, text);
}

// What follows the option's name in its one line.
std::string written(const Option& option, std::string_view text) {
    if (std::holds_alternative<Text>(option.type)) return quoted(text);
    const auto* const integer = std::get_if<Integer>(&option.type);
    if (integer != nullptr && integer->unit != NumberUnit::Plain && integer->unit != NumberUnit::Octal) {
        return with_largest_unit(text);
    }
    return text.empty() ? "\"\"" : std::string(text);
}

}  // namespace

const Option* find_option(std::string_view name) {
    for (const auto& option : options()) {
        if (equals_ignore_case(option.name, name)) return &option;
        if (!option.alias.empty() && equals_ignore_case(option.alias, name)) return &option;
    }
    return nullptr;
}

OptionValue read_value(const Option& option, std::span<const std::string> words, std::string_view earlier) {
    OptionValue value = read_unchecked(option.type, words, earlier);
    if (value.ok() && option.check != nullptr) value.error = option.check(value.text);
    return value;
}

std::string default_text(const Option& option) {
    const std::string initial(option.initial);
    const OptionValue value = read_unchecked(option.type, {&initial, 1}, {});
    CHECK(value.ok());
    return value.text;
}

std::string shown_value(const Option& option, std::string_view text, const Settings& settings) {
    if (option.shown != nullptr) return option.shown(text);
    const auto* const number = std::get_if<Integer>(&option.type);
    const bool is_share =
        number != nullptr && number->unit == NumberUnit::BytesOrMemoryShare && text.ends_with('%');
    if (!is_share && !std::holds_alternative<Processors>(option.type)) return std::string(text);
    return in_base(settings.*std::get<Setting<std::int64_t> Settings::*>(option.place), 10);
}

std::vector<std::string> file_lines(const Option& option, std::string_view text) {
    const std::string start = std::string(option.name) + ' ';
    const auto* const words = std::get_if<Words>(&option.type);
    if (words == nullptr || words->lines == nullptr) {
        if (text.empty() && option.initial.empty()) return {};
        return {start + written(option, text)};
    }
    std::vector<std::string> lines = words->lines(text);
    for (auto& line : lines) line.insert(0, start);
    return lines;
}

void store_value(const Option& option, std::string_view text, Settings& settings) {
    std::visit(
        Overloaded{
            [](std::monostate) {},
            [&](Setting<bool> Settings::*place) { settings.*place = text == "yes"; },
            [&](Setting<std::int64_t> Settings::*place) { settings.*place = integer_of(option.type, text); },
            [&](TextSetting Settings::*place) { settings.*place = std::string(text); },
            [&](void (*place)(Settings&, std::string_view)) { place(settings, text); },
            [&]<typename Enum>(Setting<Enum> Settings::*place) {
                settings.*place = static_cast<Enum>(enumerator_of(option.type, text));
            },
        },
        option.place);
}

std::string with_largest_unit(std::string_view text) {
    struct Size {
        std::int64_t bytes;
        const char* unit;
    };
    constexpr Size kSizes[] = {{1 << 30, "gb"}, {1 << 20, "mb"}, {1 << 10, "kb"}};
    const auto bytes = parse_int64(text);
    if (!bytes || *bytes == 0) return std::string(text);
    for (const auto& size : kSizes) {
        if (*bytes % size.bytes == 0) return in_base(*bytes / size.bytes, 10) + size.unit;
    }
    return std::string(text);
}

std::vector<std::string> split_at_spaces(std::string_view text) {
    std::vector<std::string> words;
    if (text.empty()) return words;
    for (;;) {
        const auto space = text.find(' ');
        words.emplace_back(text.substr(0, space));
        if (space == std::string_view::npos) return words;
        text.remove_prefix(space + 1);
    }
}

std::string joined_with_spaces(std::span<const std::string> words) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

}  // namespace pongo
