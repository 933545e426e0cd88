#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/reply.h"

namespace pongo::cli {

/// What the server tells of its commands, for help and completion.
class CommandDocs {
  public:
    CommandDocs() = default;

    /// Takes over the reply to COMMAND DOCS. What has another shape is left out.
    explicit CommandDocs(const Reply& reply);

    bool empty() const { return docs_.empty(); }

    /// What a line may become, in the case in which it begins: `config g` may become `config get`.
    std::vector<std::string> completions(const std::string& line) const;

    /// Some lines on a command (`CONFIG GET`) or on the commands of a group (`@string`); without a topic, the
    /// names of the groups. Empty when there is nothing to say.
    std::string help(const std::string& topic) const;

  private:
    struct Doc {
        std::string syntax;
        std::string summary;
        std::string since;
        std::string group;
    };

    void add(const std::string& name, const Reply& fields);
    std::string group_help(const std::string& group) const;
    std::string all_groups() const;

    std::map<std::string, Doc> docs_;  ///< By upper-case name, subcommands too: `CONFIG GET`.
};

}  // namespace pongo::cli
