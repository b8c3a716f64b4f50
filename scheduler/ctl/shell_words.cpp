#include "scheduler/ctl/shell_words.hpp"

#include <algorithm>
#include <string_view>

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::ctl {
namespace {

struct Verb {
  std::string_view function;
  std::string_view words;
};
constexpr Verb verbs[] = {
    {"backfill", "backfill add"},
    {"backfill_many", "backfill many"},
    {"backfills", "backfill list"},
    {"cancel", "backfill cancel"},
    {"dead", "dead count"},
    {"dead_list", "dead list"},
    {"dead_replay", "dead replay"},
    {"dead_drop", "dead drop"},
    {"pause", "pause"},
    {"resume", "resume"},
    {"quota", "quota"},
    {"share", "share"},
    {"erase", "erase"},
    {"status", "status"},
    {"why", "why"},
    {"member", "member show"},
    {"version", "version"},
    {"help", "--help"},
};

constexpr std::string_view call_begins = "FCALL cf_";
constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyz_";

std::string_view words_of(std::string_view function) {
  const auto* const found = std::ranges::find(verbs, function, &Verb::function);
  return found == std::end(verbs) ? std::string_view() : found->words;
}

// "since=2023-01-01": "--since 2023-01-01"; "dry=1": "--dry-run"; empty: it is no named word.
std::string as_option(std::string_view word) {
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  if (equals == std::string_view::npos || name.empty() ||
      name.find_first_not_of(name_characters) != std::string_view::npos) {
    return "";
  }
  return name == "dry" ? "--dry-run"
                       : "--" + std::string(name) + " " + std::string(word.substr(equals + 1));
}

// The named words that follow a call, up to the end of its line.
void put_arguments(std::string_view& rest, std::string& into) {
  while (rest.starts_with(' ') && rest.size() > 1 && rest[1] != ' ') {
    const auto end = std::min(rest.find_first_of(" \n", 1), rest.size());
    const std::string_view word = rest.substr(1, end - 1);
    const std::string option = word == "<" ? "--from" : as_option(word);
    into += " ";
    into += option.empty() ? std::string(word) : option;
    rest.remove_prefix(end);
  }
}

}  // namespace

std::string in_shell_words(const std::string& text) {
  const std::string root = " 1 '" + std::string(queue::root_key) + "'";
  std::string said;
  std::string_view rest = text;
  while (true) {
    const auto at = rest.find(call_begins);
    if (at == std::string_view::npos) {
      return said + std::string(rest);
    }
    const auto name_at = at + call_begins.size();
    const auto name_end = std::min(rest.find_first_not_of(name_characters, name_at), rest.size());
    const std::string_view words = words_of(rest.substr(name_at, name_end - name_at));
    if (words.empty() || !rest.substr(name_end).starts_with(root)) {
      said += rest.substr(0, name_end);
      rest.remove_prefix(name_end);
      continue;
    }
    said += rest.substr(0, at);
    for (const std::string_view before : {"redis-cli -e -x ", "redis-cli -e "}) {
      if (said.ends_with(before)) {
        said.resize(said.size() - before.size());
      }
    }
    said += "claimferry " + std::string(words);
    rest.remove_prefix(name_end + root.size());
    put_arguments(rest, said);
  }
}

}  // namespace claimferry::ctl
