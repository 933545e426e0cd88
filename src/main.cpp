#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "base/version.h"
#include "commands/families.h"
#include "engine/command_table.h"
#include "engine/config.h"
#include "server/crash_report.h"
#include "server/process.h"
#include "server/server.h"

namespace {

void print_usage() {
    std::puts(
        "Usage: pongo-server [/path/to/redis.conf] [options] [-]\n"
        "       pongo-server - (the configuration comes from standard input)\n"
        "       pongo-server -v or --version\n"
        "       pongo-server -h or --help\n"
        "\n"
        "Examples:\n"
        "       pongo-server                       (all defaults, port 6379)\n"
        "       pongo-server /etc/redis/6379.conf\n"
        "       pongo-server --port 7777 --reactors 4\n"
        "       pongo-server redis.conf --loglevel verbose -");
}

bool wants(const std::vector<std::string>& arguments, const char* shorter, const char* longer) {
    return arguments.size() == 1 && (arguments[0] == shorter || arguments[0] == longer);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (wants(arguments, "-v", "--version")) {
        std::printf("Pongo server v=%s, compatible with Redis v=%s\n",
                    std::string(pongo::kPongoVersion).c_str(), std::string(pongo::kRedisVersion).c_str());
        return 0;
    }
    if (wants(arguments, "-h", "--help")) {
        print_usage();
        return 0;
    }

    pongo::Config config;
    pongo::CommandTable commands(pongo::all_families());
    const auto rename = [&](std::string_view from, std::string_view to) { return commands.rename(from, to); };
    if (const auto error = config.load(arguments, std::cin, rename)) {
        std::fputs(error->c_str(), stderr);
        return 1;
    }
    pongo::daemonize(config.settings());
    if (const auto error = pongo::direct_log(config.settings())) {
        std::fprintf(stderr, "%s\n", error->c_str());
        return 1;
    }
    if (config.settings().crash_log_enabled) pongo::install_crash_handlers();
    pongo::write_pid_file(config.settings());
    pongo::Server::block_signals();
    return pongo::Server(config).run();
}
