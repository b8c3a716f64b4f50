#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

Reply time(Keyspace& keys, const Arguments&) {
  const std::int64_t now = keys.now_us();
  Reply::Array answer{text(std::to_string(now / 1'000'000)), text(std::to_string(now % 1'000'000))};
  return Reply{std::move(answer)};
}

Reply keys_command(Keyspace& keys, const Arguments& command) {
  Reply::Array names;
  for (const auto& [key, value] : keys.values()) {
    if (matches(command[1], key) && !keys.expired(key)) {
      names.push_back(text(key));
    }
  }
  return Reply{std::move(names)};
}

Reply ping(Keyspace&, const Arguments&) {
  return text("PONG");
}

Reply info(Keyspace&, const Arguments&) {
  return text("redis_version:7.0.15\r\nredis_mode:standalone\r\nmaxmemory_policy:noeviction\r\n");
}

Reply config(Keyspace&, const Arguments& command) {
  if (upper(command[1]) != "GET" || command.size() != 3) {
    throw CommandError{"ERR only CONFIG GET is known here"};
  }
  Reply::Array answer;
  if (command[2] == "maxmemory-policy") {
    answer = {text("maxmemory-policy"), text("noeviction")};
  }
  return Reply{std::move(answer)};
}

Reply publish(Keyspace& keys, const Arguments& command) {
  return integer(keys.channels().publish(command[1], command[2]));
}

Reply flushall(Keyspace& keys, const Arguments&) {
  keys.wipe();
  return ok();
}

}  // namespace

const CommandTable& server_commands() {
  static const CommandTable table{{"TIME", {time, 1}},        {"KEYS", {keys_command, 2}},
                                  {"PING", {ping, -1, true}}, {"INFO", {info, -1}},
                                  {"CONFIG", {config, -2}},   {"FLUSHALL", {flushall, -1, true}},
                                  {"PUBLISH", {publish, 3}}};
  return table;
}

}  // namespace claimferry::world
