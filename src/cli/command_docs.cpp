#include "cli/command_docs.h"

#include <Poco/Ascii.h>
#include <Poco/String.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace pongo::cli {
namespace {

/// Calls visit(name, value) for each field of a map, which in RESP2 is an array.
template <typename Visit>
void for_each_field(const Reply& map, Visit visit) {
    for (std::size_t i = 0; i + 1 < map.elements.size(); i += 2)
        visit(map.elements[i].text, map.elements[i + 1]);
}

const Reply& field(const Reply& map, std::string_view wanted) {
    static const Reply kNone;
    const Reply* found = &kNone;
    for_each_field(map, [&](const std::string& name, const Reply& value) {
        if (name == wanted) found = &value;
    });
    return *found;
}

bool has_flag(const Reply& argument, std::string_view flag) {
    const auto& flags = field(argument, "flags").elements;
    return std::ranges::any_of(flags, [&](const Reply& element) { return element.text == flag; });
}

std::string syntax_of(const Reply& argument);

std::string joined_syntax(const Reply& arguments, const std::string& separator) {
    std::string syntax;
    for (const Reply& argument : arguments.elements) {
        if (!syntax.empty()) syntax += separator;
        syntax += syntax_of(argument);
    }
    return syntax;
}

/// The argument without its token and its brackets.
std::string bare_syntax_of(const Reply& argument) {
    const std::string& type = field(argument, "type").text;
    const Reply& parts = field(argument, "arguments");
    if (type == "pure-token") return "";
    if (type == "block") return joined_syntax(parts, " ");
    if (type != "oneof") return field(argument, "name").text;
    const std::string choices = joined_syntax(parts, "|");
    return has_flag(argument, "optional") ? choices : "<" + choices + ">";
}

std::string syntax_of(const Reply& argument) {
    const std::string& token = field(argument, "token").text;
    std::string bare = bare_syntax_of(argument);
    std::string syntax = token;
    if (!token.empty() && !bare.empty()) syntax += ' ';
    syntax += bare;
    if (has_flag(argument, "multiple")) {
        syntax += " [" + (has_flag(argument, "multiple_token") ? syntax : bare) + " ...]";
    }
    return has_flag(argument, "optional") ? "[" + syntax + "]" : syntax;
}

}  // namespace

CommandDocs::CommandDocs(const Reply& reply) {
    for_each_field(reply, [this](const std::string& name, const Reply& fields) { add(name, fields); });
}

void CommandDocs::add(const std::string& name, const Reply& fields) {
    // A subcommand is called `config|get`.
    const std::string typed = Poco::toUpper(Poco::replace(name, "|", " "));
    docs_[typed] = {joined_syntax(field(fields, "arguments"), " "), field(fields, "summary").text,
                    field(fields, "since").text, field(fields, "group").text};
    for_each_field(field(fields, "subcommands"),
                   [this](const std::string& subname, const Reply& subfields) { add(subname, subfields); });
}

std::vector<std::string> CommandDocs::completions(const std::string& line) const {
    const std::string start = Poco::toUpper(line);
    const bool lower = line.empty() || Poco::Ascii::isLower(static_cast<unsigned char>(line.front()));
    std::vector<std::string> names;
    for (auto doc = docs_.lower_bound(start); doc != docs_.end() && doc->first.starts_with(start); ++doc) {
        names.push_back(lower ? Poco::toLower(doc->first) : doc->first);
    }
    return names;
}

std::string CommandDocs::help(const std::string& topic) const {
    if (topic.empty()) return all_groups();
    if (topic.front() == '@') return group_help(Poco::toLower(topic.substr(1)));

    const auto found = docs_.find(Poco::toUpper(topic));
    if (found == docs_.end()) return "";
    const auto& [name, doc] = *found;
    std::string text = "\n  " + name + (doc.syntax.empty() ? "" : " " + doc.syntax) + "\n";
    text += "  summary: " + doc.summary + "\n  since: " + doc.since + "\n  group: " + doc.group + "\n\n";
    return text;
}

std::string CommandDocs::group_help(const std::string& group) const {
    std::string text;
    for (const auto& [name, doc] : docs_) {
        if (doc.group == group) text += "  " + name + ": " + doc.summary + "\n";
    }
    return text.empty() ? text : "\n" + text + "\n";
}

std::string CommandDocs::all_groups() const {
    std::set<std::string> groups;
    for (const auto& [name, doc] : docs_) groups.insert("@" + doc.group);
    std::string text;
    for (const std::string& group : groups) text += " " + group;
    return text;
}

}  // namespace pongo::cli
