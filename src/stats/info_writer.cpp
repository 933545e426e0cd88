#include "stats/info_writer.h"

#include <array>
#include <cstdio>

namespace pongo {
namespace {

std::string fixed(double value, int decimals, const char* unit) {
    std::array<char, 64> digits;
    const int size = std::snprintf(digits.data(), digits.size(), "%.*f%s", decimals, value, unit);
    return std::string(digits.data(), static_cast<std::size_t>(size));
}

}  // namespace

void InfoWriter::section(std::string_view title) {
    if (!text_.empty()) text_ += "\r\n";
    text_.append("# ").append(title).append("\r\n");
}

void InfoWriter::field(std::string_view name, std::string_view value) {
    text_.append(name).append(":").append(value).append("\r\n");
}

void InfoWriter::real(std::string_view name, double value, int decimals) {
    field(name, std::string_view(fixed(value, decimals, "")));
}

void InfoWriter::percent(std::string_view name, double value) {
    field(name, std::string_view(fixed(value, 2, "%")));
}

void InfoWriter::bytes(std::string_view name, std::size_t value) {
    field(name, value);
    human(std::string(name) + "_human", value);
}

void InfoWriter::human(std::string_view name, std::size_t bytes) {
    field(name, std::string_view(human_bytes(bytes)));
}

std::string human_bytes(std::size_t bytes) {
    constexpr double kStep = 1024;
    constexpr const char* kUnits[] = {"K", "M", "G", "T", "P", "E"};
    if (bytes < 1024) return std::to_string(bytes) + "B";
    double value = static_cast<double>(bytes) / kStep;
    std::size_t unit = 0;
    while (value >= kStep) {
        value /= kStep;
        ++unit;
    }
    return fixed(value, 2, kUnits[unit]);
}

}  // namespace pongo
