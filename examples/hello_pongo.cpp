// Sets the key `hello`, reads it back with POCO's Redis client and prints it.
//
//     hello_pongo [HOST [PORT]]

#include <Poco/Exception.h>
#include <Poco/NumberParser.h>
#include <Poco/Redis/Client.h>
#include <Poco/Redis/Command.h>

#include <iostream>

int main(int argc, char** argv) try {
    using Poco::Redis::BulkString;
    using Poco::Redis::Command;

    const std::string host = argc > 1 ? argv[1] : "127.0.0.1";
    const int port = argc > 2 ? Poco::NumberParser::parse(argv[2]) : 6379;

    Poco::Redis::Client client(host, port);
    client.execute<std::string>(Command::set("hello", "world"));
    const auto value = client.execute<BulkString>(Command::get("hello"));

    std::cout << value.value() << std::endl;
    return 0;
} catch (const Poco::Exception& error) {
    std::cerr << error.displayText() << std::endl;
    return 1;
}
