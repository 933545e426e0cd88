// Writes INFO's text: sections with a heading each, and a field per line.
// Thread rule: one thread.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace pongo {

class InfoWriter {
  public:
    // Begins a section; there is an empty line between two of them.
    void section(std::string_view title);

    void field(std::string_view name, std::string_view value);
    template <std::integral T>
    void field(std::string_view name, T value) {
        field(name, std::string_view(std::to_string(value)));
    }
    void field(std::string_view name, bool value) { field(name, std::string_view(value ? "1" : "0")); }
    void field(std::string_view name, const char* value) { field(name, std::string_view(value)); }
    void real(std::string_view name, double value, int decimals);
    void percent(std::string_view name, double value);
    // The bytes, and a second field "<name>_human".
    void bytes(std::string_view name, std::size_t value);
    void human(std::string_view name, std::size_t bytes);

    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

// "1.50M", "832B": with two decimals from a kibibyte on.
std::string human_bytes(std::size_t bytes);

}  // namespace pongo
