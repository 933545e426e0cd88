#include <Poco/AutoPtr.h>
#include <Poco/Environment.h>
#include <Poco/Util/Application.h>
#include <Poco/Util/OptionException.h>
#include <unistd.h>

#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/version.h"
#include "cli/cli_error.h"
#include "cli/client.h"
#include "cli/options.h"
#include "cli/prompt.h"
#include "cli/runner.h"

namespace pongo::cli {
namespace {

/// pongo-cli: options, then a command or, without one, a prompt.
class CliApplication : public Poco::Util::Application {
  public:
    explicit CliApplication(Words command) : command_(std::move(command)) {}

  protected:
    void defineOptions(Poco::Util::OptionSet& set) override {
        Application::defineOptions(set);
        define_options(set);
    }

    void handleOption(const std::string& name, const std::string& value) override {
        apply_option(options_, name, value);
    }

    int main(const ArgVec&) override try {
        if (options_.show_help) return print_help(commandName()), EXIT_OK;
        if (options_.show_version) return std::cout << "pongo-cli " << kPongoVersion << "\n", EXIT_OK;
        complete_login();
        return talk();
    } catch (const CliError& error) {
        std::cerr << error.what() << std::endl;
        return EXIT_FAILURE;
    }

  private:
    void complete_login() {
        if (options_.login.password) {
            if (options_.warn_of_visible_password) {
                std::cerr << "Warning: others may see a password that stands on the command line."
                          << std::endl;
            }
        } else if (Poco::Environment::has("REDISCLI_AUTH")) {
            options_.login.password = Poco::Environment::get("REDISCLI_AUTH");
        }
    }

    int talk() {
        Client client(options_.endpoint, options_.login);
        const OutputForm usual_form = ::isatty(STDOUT_FILENO) ? OutputForm::ForPeople : OutputForm::Raw;
        Runner runner(client, options_, options_.form.value_or(usual_form));

        if (command_.empty()) {
            Prompt prompt(client, runner, options_);
            const bool on_terminal = ::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO);
            return on_terminal ? prompt.run_on_terminal() : prompt.run_script();
        }
        if (options_.last_word_from_input) {
            command_.emplace_back(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
        }
        runner.run(command_, options_.repeat, nullptr);
        return EXIT_OK;
    }

    Options options_;
    Words command_;
};

int run(const std::vector<std::string>& arguments) try {
    const Words after_program(arguments.begin() + 1, arguments.end());
    const auto command =
        arguments.begin() + 1 + static_cast<std::ptrdiff_t>(count_option_arguments(after_program));

    Poco::AutoPtr<CliApplication> application = new CliApplication({command, arguments.end()});
    application->init({arguments.begin(), command});
    return application->run();
} catch (const Poco::Exception& error) {
    std::cerr << arguments.front() << ": " << error.displayText() << " (--help tells more)" << std::endl;
    return EXIT_FAILURE;
}

}  // namespace
}  // namespace pongo::cli

int main(int argc, char** argv) {
    return pongo::cli::run({argv, argv + argc});
}
