#include "common/queue/adapter/library_refusal.hpp"

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {
namespace {

// "ERR Function cf_help already exists": the name; nullopt for any other text.
std::optional<std::string> function_that_exists(const std::string& text) {
  constexpr std::string_view before = "ERR Function ";
  constexpr std::string_view behind = " already exists";
  if (!text.starts_with(before) || !text.ends_with(behind) ||
      text.size() <= before.size() + behind.size()) {
    return std::nullopt;
  }
  return text.substr(before.size(), text.size() - before.size() - behind.size());
}

}  // namespace

Failure refusal_of(const redis::Error& error) {
  Failure failure = failure_of(error);
  if (passes_by_itself(error)) {
    return failure;
  }
  failure.kind = FailureKind::permanent;
  failure.detail = "Redis at redis.url answers " + error.text;
  if (failure.code == "redis_noperm") {
    failure.detail +=
        "; the scheduler's user (redis.username) loads the operators' functions and needs these "
        "rights, too: redis-cli ACL SETUSER NAME '+function|list' '+function|load' +@transaction "
        "+hget +hset +hdel +eval '~cf:{0}:*'";
  }
  return failure;
}

Failure load_refusal_of(const redis::Error& error, unsigned version,
                        const std::vector<LoadedLibrary>& libraries) {
  if (!error.text.starts_with("ERR ")) {
    return refusal_of(error);  // memory or rights that went since the transaction began
  }
  const auto function = function_that_exists(error.text);
  const LoadedLibrary* owner = function ? owner_of(*function, libraries) : nullptr;
  if (owner != nullptr) {
    return {FailureKind::permanent, "library_name_taken",
            "Redis has a function " + *function + " already, of the library " + owner->name +
                ", so that claimferry's own cannot be loaded; if nobody needs that library, delete "
                "it: redis-cli FUNCTION DELETE " +
                owner->name};
  }
  return {FailureKind::permanent, "library_refused",
          "Redis cannot load version " + std::to_string(version) +
              " of the function library claimferry (" + error.text +
              "); operators' functions stay as they were; report it with Redis' version"};
}

}  // namespace claimferry::queue
