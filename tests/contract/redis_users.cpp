#include "tests/contract/redis_users.hpp"

#include <cstdlib>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace claimferry::contract {
namespace {

// The one block of shell in deploy/redis/README.md.
std::string documented_steps() {
  const std::string page = tree_file("deploy/redis/README.md");
  const auto begin = page.find("```\n");
  const auto end = page.find("```\n", begin + 4);
  if (begin == std::string::npos || end == std::string::npos) {
    throw std::runtime_error("deploy/redis/README.md has no block of shell");
  }
  return page.substr(begin + 4, end - begin - 4);
}

}  // namespace

std::string tree_file(const std::string& path) {
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  return integration::read_file(std::filesystem::path(source == nullptr ? "." : source) / path);
}

std::vector<std::string> rules_of(const std::string& user) {
  std::istringstream file(tree_file("deploy/redis/users.acl"));
  const std::string begin = "user " + user + " off ";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(begin)) {
      std::istringstream words(line.substr(begin.size()));
      return {std::istream_iterator<std::string>(words), {}};
    }
  }
  throw std::runtime_error("deploy/redis/users.acl has no " + user);
}

RedisUsers::RedisUsers() {
  integration::write_file(directory() / "users.acl", tree_file("deploy/redis/users.acl"));
  const auto file = (directory() / "claimferry.acl").string();
  const std::string steps =
      std::regex_replace(documented_steps(), std::regex("/etc/redis/claimferry.acl"), file);
  const auto made =
      integration::run({"sh", "-e", "-c", "cd '" + directory().string() + "'\n" + steps});
  if (made.status != 0) {
    throw std::runtime_error("the steps of deploy/redis/README.md fail: " + made.errors);
  }
  integration::write_file(file,
                          integration::read_file(file) + "user admin on >admin ~* &* +@all\n");
  server_ = std::make_unique<RedisServer>(std::vector<std::string>{
      "--aclfile", file, "--enable-debug-command", "yes", "--appendonly", "yes", "--save", ""});
  server_->start();
}

std::string RedisUsers::password(const std::string& user) const {
  if (user == "admin") {
    return "admin";
  }
  const std::string text = integration::read_file(directory() / (user + ".password"));
  return text.substr(0, text.find('\n'));
}

std::unique_ptr<RedisUsers::User> RedisUsers::as(const std::string& user) {
  auto endpoint = server_->endpoint();
  endpoint.username = user == "admin" ? user : "claimferry-" + user;
  endpoint.password = Secret(password(user));
  return std::make_unique<User>(io_, endpoint, random_);
}

}  // namespace claimferry::contract
