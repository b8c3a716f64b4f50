#include "scheduler/enroll/router.hpp"

#include <charconv>
#include <sstream>
#include <tuple>

#include <boost/json.hpp>

#include "common/base/limits.hpp"
#include "scheduler/enroll/api_answers.hpp"

namespace claimferry::enroll {
namespace {

namespace json = boost::json;

constexpr std::string_view api_path = "/v1/";
constexpr std::string_view enrolments_path = "/v1/enrolments";
constexpr std::string_view members_path = "/v1/members/";

// What a caller sent for an enrolment; nothing for what is no JSON object of strings.
std::optional<std::string> text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return std::nullopt;
  }
  return std::string(value->as_string());
}

// The first name that is none of an enrolment's.
std::string unknown_name(const json::object& object) {
  for (const auto& pair : object) {
    const std::string_view name = pair.key();
    if (name != "member" && name != "payer" && name != "return_to") {
      return std::string(name);
    }
  }
  return "";
}

struct Sent {
  std::optional<Enroller::Wanted> wanted;
  std::string what_is_wrong;
};

Sent read_wanted(const Secret& body, const ReturnPolicy& policy, const std::string& caller) {
  boost::system::error_code ec;
  const json::value parsed = json::parse(body.reveal(), ec);
  if (ec || !parsed.is_object()) {
    return {std::nullopt, R"(send {"member":"…","payer":"…","return_to":"https://…"})"};
  }
  const json::object& object = parsed.get_object();
  if (const std::string name = unknown_name(object); !name.empty()) {
    return {std::nullopt,
            "there is no field " + name.substr(0, 40) + "; there are member, payer and return_to"};
  }
  auto member = MemberId::parse(text_of(object, "member").value_or(""));
  if (!member) {
    return {std::nullopt, "member is your own opaque id: 1 to 64 of A-Z a-z 0-9 _ -"};
  }
  auto payer = PayerName::parse(text_of(object, "payer").value_or(""));
  if (!payer) {
    return {std::nullopt, "payer is the name of a configured payer"};
  }
  const bool has_return = object.contains("return_to");
  auto return_to = text_of(object, "return_to").value_or("");
  if (has_return && (return_to.size() > limits::return_to_bytes_max || !policy.allows(return_to))) {
    return {std::nullopt, "return_to is not under enroll.return_to_allow"};
  }
  return {Enroller::Wanted{std::move(*member), std::move(*payer), std::move(return_to), caller},
          ""};
}

// Times of the store are ms since 1970.
void add_time(json::object& object, std::string_view name, const std::string& text) {
  std::int64_t at = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), at);
  if (ec == std::errc() && at > 0) {
    object[name] = format_time(WallTime(Duration(at)));
  } else {
    object[name] = nullptr;
  }
}

// Nothing where it was handed in by other means than an enrolment.
json::value consent_object(const std::map<std::string, std::string>& terms) {
  if (terms.empty()) {
    return nullptr;
  }
  json::object object;
  for (const auto& [name, text] : terms) {
    object[name] = text;
  }
  json::array classes;
  std::istringstream words(terms.contains("data_classes") ? terms.at("data_classes") : "");
  for (std::string word; words >> word;) {
    classes.push_back(json::string(word));
  }
  object["data_classes"] = std::move(classes);
  return object;
}

json::object member_object(const queue::MemberRecord& record) {
  const auto field = [&record](const char* name) {
    const auto found = record.fields.find(name);
    return found == record.fields.end() ? std::string() : found->second;
  };
  json::object object;
  object["member"] = record.id.str();
  object["payer"] = field("payer");
  object["state"] = field("state");
  add_time(object, "consented_at", field("consented_at"));
  add_time(object, "consent_expires_at", field("consent_expires_at"));
  add_time(object, "last_success_at", field("last_ok"));
  add_time(object, "next_due_at", field("next_due"));
  object["consent"] = consent_object(record.terms);
  json::object jobs;
  jobs["running"] = record.running_job.empty() ? 0 : 1;
  jobs["waiting"] = record.waiting_jobs.size();
  object["jobs"] = std::move(jobs);
  return object;
}

}  // namespace

Router::Router(Ports ports, const config::EnrollConfig& config)
    : ports_(ports),
      config_(config),
      return_policy_(config.return_to_allow),
      pages_(config.organisation, config.public_url.starts_with("https://")),
      limits_(config.requests_per_minute) {}

std::string Router::address_of(const http::ServerRequest& request) const {
  if (!config_.behind_proxy) {
    return limited_address(request.peer);
  }
  return limited_address(std::string(forwarded_address(request.forwarded_for, config_.proxies)));
}

http::Page Router::too_many(const std::string& path, Duration wait) {
  // The callback is a member's, who reads no JSON.
  const bool is_callback = path == config_.callback_path;
  if (is_callback) {
    ports_.observer.on(telemetry::CallbackAnswered{telemetry::CallbackEnd::too_many});
  }
  http::Page page = is_callback
                        ? pages_.show(outcome::too_many)
                        : problem(429, "too_many_requests", "too many requests from this address");
  page.headers.emplace_back("Retry-After",
                            std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()));
  return page;
}

awaitable<http::Page> Router::answer(http::ServerRequest request) {
  auto caller = ports_.keys.caller(request.authorization);
  if (!caller) {
    if (request.path.starts_with(api_path)) {
      ports_.observer.on(telemetry::ApiKeyMissing{});
    }
    const Duration wait = limits_.take(address_of(request), ports_.clock.steady());
    if (wait > Duration::zero()) {
      co_return too_many(request.path, wait);
    }
  }
  if (request.path == config_.callback_path) {
    co_return co_await finish(std::move(request));
  }
  if (!request.path.starts_with(api_path)) {
    co_return problem(404, "not_found", "there is nothing here");
  }
  if (!caller) {
    http::Page page = problem(401, "unauthorized", "send Authorization: Bearer and an API key");
    page.headers.emplace_back("WWW-Authenticate", "Bearer");
    co_return page;
  }
  co_return co_await answer_api(std::move(request), std::move(*caller));
}

awaitable<http::Page> Router::answer_api(http::ServerRequest request, std::string caller) {
  if (request.path == enrolments_path) {
    if (request.method != "POST") {
      co_return problem(405, "method_not_allowed", "POST /v1/enrolments");
    }
    co_return co_await begin(std::move(request), std::move(caller));
  }
  if (!request.path.starts_with(members_path)) {
    co_return problem(404, "not_found", "there are /v1/enrolments and /v1/members/ID");
  }
  auto member = MemberId::parse(std::string_view(request.path).substr(members_path.size()));
  if (!member) {
    co_return problem(400, "bad_member", "a member id is 1 to 64 of A-Z a-z 0-9 _ -");
  }
  if (request.method == "GET") {
    co_return co_await show_member(std::move(*member));
  }
  if (request.method == "DELETE") {
    co_return co_await remove_member(std::move(*member), std::move(caller));
  }
  co_return problem(405, "method_not_allowed", "GET or DELETE /v1/members/ID");
}

awaitable<http::Page> Router::begin(http::ServerRequest request, std::string caller) {
  Sent sent = read_wanted(request.body, return_policy_, caller);
  if (!sent.wanted) {
    co_return problem(400, "bad_request", sent.what_is_wrong);
  }
  auto url = co_await ports_.enroller.begin(std::move(*sent.wanted));
  if (!url) {
    co_return problem_of(url.failure());
  }
  constexpr auto life = std::chrono::seconds(limits::enrolment_life);
  json::object object;
  object["authorize_url"] = url->reveal();
  object["expires_in"] = life.count();
  co_return json_page(201, object);
}

awaitable<http::Page> Router::show_member(MemberId member) {
  auto record = co_await ports_.members.find(std::move(member));
  if (!record) {
    co_return problem_of(record.failure());
  }
  if (!*record) {
    co_return problem(404, "no_member", "there is no such member");
  }
  std::ignore = co_await ports_.members.note_use((*record)->id);  // the next one notes it, too
  co_return json_page(200, member_object(**record));
}

awaitable<http::Page> Router::remove_member(MemberId member, std::string caller) {
  const std::string id = member.str();
  queue::ErasureRequest request{std::move(member), std::move(caller), "", "enroll"};
  auto asked = co_await ports_.erasure.ask(std::move(request));
  if (!asked) {
    co_return problem_of(asked.failure());
  }
  json::object object;
  object["member"] = id;
  object["state"] = asked->is_done ? "erased" : "erasing";
  object["erasure"] = asked->id;
  co_return json_page(202, object);
}

awaitable<http::Page> Router::finish(http::ServerRequest request) {
  if (request.method != "GET") {
    ports_.observer.on(telemetry::CallbackAnswered{telemetry::CallbackEnd::bad_request});
    co_return pages_.show(outcome::bad_request);
  }
  const Enroller::Ending ending = co_await ports_.enroller.finish(std::move(request.query));
  if (ending.return_to.empty()) {
    co_return pages_.show(*ending.outcome);
  }
  co_return pages_.send_back(ending.return_to, *ending.outcome);
}

}  // namespace claimferry::enroll
