#include "tests/chaos/members.hpp"

#include <sstream>

namespace claimferry::chaos {

void Members::add(unsigned count, unsigned eobs) {
  const std::string lines = fleet_.control(
      "POST", "/v1/members",
      R"({"seed":7,"count":)" + std::to_string(count) + R"(,"eobs":)" + std::to_string(eobs) + "}");
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    ids_.push_back(integration::text_in(line, "member"));
  }
  enrol(lines);
}

void Members::consent_anew(const std::string& member) {
  enrol(fleet_.control("POST", "/v1/consents", R"({"member":")" + member + "\"}"));
}

void Members::enrol(const std::string& lines) {
  command({"member", "add", "--payer", "aetna-sandbox", "--from", "-"}, lines);
}

void Members::change(const std::string& how, unsigned which) {
  fleet_.control("POST", "/v1/claims/" + how, R"({"count":1,"member":")" + chosen(which) + "\"}");
}

void Members::add_backfill(unsigned which) {
  std::vector<std::string> words{"backfill", "add", chosen(which)};
  if (which % 2 == 1) {
    words.insert(words.end(), {"--since", "2025-01-01"});
  }
  command(std::move(words));
}

void Members::command(std::vector<std::string> words, const std::string& input) {
  const std::string name = words[0] + ' ' + words[1];
  const integration::Output output = fleet_.cli(std::move(words), input);
  if (output.status != 0) {
    mishaps_.push_back("claimferry " + name +
                       " failed: " + output.errors.substr(0, output.errors.find('\n')));
  }
}

}  // namespace claimferry::chaos
