#include "tests/sandbox/model/model.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/connect/discovery.hpp"
#include "tests/sandbox/model/connect/login_pages.hpp"
#include "tests/sandbox/model/ledger.hpp"

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

// Each part draws from a sequence of its own.
constexpr std::uint64_t dice_stream = 0x9e3779b97f4a7c15;
constexpr std::uint64_t member_stream = 0xbf58476d1ce4e5b9;
constexpr std::uint64_t token_stream = 0x94d049bb133111eb;
constexpr std::uint64_t sign_in_stream = 0xd6e8feb86659fd93;
constexpr std::uint64_t code_stream = 0xa0761d6478bd642f;
// What the gateway's default definition was seen to grant.
constexpr std::uint64_t edge_limit = 10'000;

constexpr std::string_view metadata_body =
    R"({"resourceType":"CapabilityStatement","status":"active","date":"2024-04-11",)"
    R"("kind":"instance","fhirVersion":"4.0.1","format":["application/fhir+json"]})";

bool carries_bearer(const PayerRequest& request) {
  return request.authorization.starts_with("Bearer ");
}

Duration ahead_by(PayerClock clock) {
  constexpr Duration apart = 10min;
  switch (clock) {
    case PayerClock::right:
      return Duration::zero();
    case PayerClock::ahead:
      return apart;
    case PayerClock::behind:
      return -apart;
  }
  return Duration::zero();
}

}  // namespace

Model::Model(ModelOptions options)
    : site_(std::move(options.site)),
      dice_(options.seed ^ dice_stream),
      members_(options.cache_bytes_max, options.seed ^ member_stream),
      grants_(options.seed ^ token_stream),
      app_(std::move(options.client), modes_.connect),
      authorize_requests_(options.seed ^ sign_in_stream),
      codes_(options.seed ^ code_stream),
      authorize_endpoint_(site_, app_, authorize_requests_, modes_.connect, conduct_.counts()),
      sign_in_(app_, authorize_requests_, codes_, members_, modes_.connect, conduct_.counts()),
      token_endpoint_(app_, codes_, grants_, members_, modes_, conduct_.counts()),
      resources_(members_, modes_, faults_, dice_, conduct_.counts(), site_),
      today_(options.today) {}

// By the clock that a mode may set wrong; what is judged stays by the right one.
void Model::tell_time(Answer& answer, WallTime now) const {
  const Duration ahead = ahead_by(modes_.clock);
  answer.headers.emplace_back("Date", http_date(now + ahead));
  for (auto& [name, value] : answer.headers) {
    if (name == "Retry-After" && answer.retry_at) {
      value = http_date(*answer.retry_at + ahead);
    }
  }
}

Answer Model::handle(const PayerRequest& request) {
  dice_.next_request();
  const Target target = parse_target(request.target);
  const Routed routed = route(target.path);
  if (conduct_.arrived(routed.endpoint, request.at)) {
    limit_.usage().asked_during_retry_after(request.at);
  }
  const Place place = request.foreign_host ? Place::anonymous : routed.place;
  if (!faults_.down && leaks_secret(request, target, place, grants_)) {
    token_elsewhere();
  }
  Answer answer = decide(request, target, routed);
  answer.endpoint = routed.endpoint;
  answer.transport.delay = dice_.latency(faults_.latency_ms);
  name_transaction(answer);
  tell_time(answer, request.at);
  return answer;
}

void Model::finished(const Answer& answer, std::uint64_t bytes_sent, WallTime written,
                     bool complete) {
  conduct_.answered(answer, bytes_sent, written, complete);
}

Model::Routed Model::route(std::string_view path) const {
  if (path == discovery_path) {
    return {Endpoint::discovery, "", Place::anonymous};
  }
  if (path == authorize_path) {
    return {Endpoint::authorize, "", Place::anonymous};
  }
  if (path == login_path || path == consent_path) {
    return {Endpoint::login, "", Place::anonymous};
  }
  if (path == token_path) {
    return {Endpoint::token, "", Place::token};
  }
  if (path.starts_with(resource_base_path)) {
    return route_resource(path.substr(resource_base_path.size()));
  }
  if (!path.starts_with(prod_resource_base_path)) {
    return {};
  }
  if (modes_.next_link == NextLink::other_prefix && modes_.other_prefix_served) {
    return route_resource(path.substr(prod_resource_base_path.size()));
  }
  // Not served, but where it was sent by us it does no wrong.
  return {Endpoint::other, "", prod_links_issued_ ? Place::resources : Place::anonymous};
}

Model::Routed Model::route_resource(std::string_view relative) const {
  const std::string_view type = relative.substr(0, relative.find('/', 1));
  if (type == "/metadata") {
    return {Endpoint::metadata, std::string(relative), Place::anonymous};
  }
  constexpr std::array<std::pair<std::string_view, Endpoint>, 3> types = {{
      {"/Patient", Endpoint::patient},
      {"/Coverage", Endpoint::coverage},
      {"/ExplanationOfBenefit", Endpoint::eob},
  }};
  const auto* const found =
      std::ranges::find(types, type, &std::pair<std::string_view, Endpoint>::first);
  return {found == types.end() ? Endpoint::other : found->second, std::string(relative),
          Place::resources};
}

Answer Model::decide(const PayerRequest& request, const Target& target, const Routed& routed) {
  if (faults_.down) {
    Answer answer;
    break_connection(answer, true, dice_);
    return answer;
  }
  if (request.foreign_host || routed.endpoint == Endpoint::other) {
    return gateway_answer(404, "No resources match requested URI");
  }
  if (modes_.html_403) {
    return edge_denial();
  }
  if (dice_.happens(Knob::status_5xx, faults_.status_5xx)) {
    return server_error();
  }
  switch (routed.endpoint) {
    case Endpoint::discovery:
      return smart_configuration(site_, modes_.connect);
    case Endpoint::metadata:
      return json_answer(200, std::string(metadata_body));
    case Endpoint::authorize:
      return authorize_endpoint_.handle(request);
    case Endpoint::login:
      return sign_in_.handle(request, target);
    case Endpoint::token:
      return serve_token(request);
    default:
      return serve_resource(request, target, routed);
  }
}

Answer Model::serve_token(const PayerRequest& request) {
  if (dice_.happens(Knob::reset_before_token, faults_.reset)) {
    // Before anything was processed; drop_token_answer is the other half.
    Answer answer;
    break_connection(answer, true, dice_);
    return answer;
  }
  const auto verdict = limit_.take(Counted::token, request.address, request.at);
  if (!verdict.granted) {
    Answer answer = too_many_requests(verdict.retry_after, verdict.wait, request.at);
    add_rate_headers(answer, verdict.told);
    return answer;
  }
  if (dice_.happens(Knob::status_429, faults_.token.status_429)) {
    return too_many_requests(limit_.retry_after(), 1s, request.at);
  }
  if (dice_.happens(Knob::invalid_grant, faults_.token.invalid_grant)) {
    return oauth_error(400, "invalid_grant", "The refresh token is expired, revoked or used");
  }
  Answer answer = token_endpoint_.handle(request);
  if (!verdict.told.empty()) {
    add_rate_headers(answer, verdict.told);
  }
  if (answer.status == 200 && dice_.happens(Knob::drop_token_answer, faults_.drop_token_answer)) {
    break_connection(answer, true, dice_);
    return answer;
  }
  if (dice_.happens(Knob::status_5xx_after_token, faults_.token.status_5xx)) {
    answer = server_error();
  }
  damage(answer, damage_of_tokens(faults_), dice_);
  return answer;
}

Answer Model::serve_resource(const PayerRequest& request, const Target& target,
                             const Routed& routed) {
  if (request.method != "GET") {
    return gateway_answer(405, "The method is not allowed for the requested URL");
  }
  if (modes_.resources_unsubscribed) {
    return gateway_answer(401, "Invalid client id or secret.");
  }
  const std::string token = carries_bearer(request) ? request.authorization.substr(7) : "";
  const auto member = grants_.member_of(token, request.at);
  if (!member) {
    return unauthorized_answer();
  }
  const auto verdict = limit_.take(Counted::resource, request.address, request.at);
  auto refused = verdict.granted ? refuse_by_chance(request.at)
                                 : too_many_requests(verdict.retry_after, verdict.wait, request.at);
  if (refused) {
    add_rate_headers(*refused, verdict.told);
    return *std::move(refused);
  }
  auto served = resources_.handle(routed.relative_path, target, *member);
  Answer answer =
      served ? *std::move(served) : gateway_answer(404, "No resources match requested URI");
  prod_links_issued_ = prod_links_issued_ || modes_.next_link == NextLink::other_prefix;
  add_rate_headers(answer, verdict.told);
  if (dice_.happens(Knob::expire_access_tokens, faults_.expire_access_tokens)) {
    grants_.expire_access_token(token);
  }
  damage(answer, damage_of_resources(faults_), dice_);
  return answer;
}

std::optional<Answer> Model::refuse_by_chance(WallTime now) const {
  if (dice_.happens(Knob::status_429, faults_.status_429)) {
    return too_many_requests(limit_.retry_after(), 1s, now);
  }
  if (dice_.happens(Knob::status_503_retry_after, faults_.status_503_retry_after)) {
    Answer answer = gateway_answer(503, "The service is not available");
    ask_to_wait(answer, limit_.retry_after(), 1s, now);
    return answer;
  }
  return std::nullopt;
}

Answer Model::too_many_requests(RetryAfter form, Duration wait, WallTime now) const {
  Answer answer = modes_.rate_limit_shape == RateLimitShape::gateway
                      ? gateway_answer(429, "Assembly Rate Limit exceeded")
                      : excessive_traffic_answer();
  ask_to_wait(answer, form, wait, now);
  return answer;
}

// Several definitions may stand in one header. Uneven: what is left is one edge node's count, so
// that it jumps from answer to answer, and a limit may be told where none holds.
void Model::add_rate_headers(Answer& answer, const std::vector<PayerLimits::Told>& told) {
  std::string limit;
  std::string remaining;
  const auto add = [&](std::string_view name, std::uint64_t most, std::uint64_t left) {
    limit.append("name=").append(name).append(",").append(std::to_string(most)).append(";");
    remaining.append("name=").append(name).append(",").append(std::to_string(left)).append(";");
  };
  if (modes_.rate_headers_uneven) {
    std::uint64_t& used = edge_requests_[dice_.below(Knob::edge_node, edge_requests_.size())];
    add("default", edge_limit, edge_limit - std::min(++used, edge_limit));
  }
  for (const PayerLimits::Told& one : told) {
    add(one.name, one.limit, one.remaining);
  }
  if (!limit.empty()) {
    answer.headers.emplace_back("x-ratelimit-limit", std::move(limit));
    answer.headers.emplace_back("x-ratelimit-remaining", std::move(remaining));
  }
}

Answer Model::server_error() {
  constexpr std::array<unsigned, 4> statuses = {500, 502, 503, 504};
  const unsigned status = statuses[dice_.below(Knob::status_5xx, statuses.size())];
  if (status == 500) {
    return outcome_answer(500, "exception", "MSG_SVC_FAILURE", "The service failed");
  }
  return gateway_answer(status, "The service is not available");
}

void Model::name_transaction(Answer& answer) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id(24, '0');
  std::uint64_t rest = ++transactions_;
  for (auto place = id.rbegin(); rest > 0; ++place, rest /= 16) {
    *place = digits[rest % 16];
  }
  answer.headers.emplace_back("x-global-transaction-id", std::move(id));
}

EnrolledMember Model::enrol(const MemberSpec& spec, WallTime now) {
  GenerateRequest request{};
  request.seed = spec.seed;
  request.eobs = spec.eobs;
  request.lines_per_eob_max = spec.lines_per_eob_max;
  request.padding_bytes = spec.padding_bytes;
  request.today = today_.value_or(std::chrono::floor<std::chrono::days>(now));
  // The port is another one at each start: by default no content depends on it.
  request.base_url = modes_.absolute_references ? site_.resource_base() : "";
  const Member& member = members_.add(std::move(request));
  return {member.id, member.patient_id, grants_.open(now)};
}

std::string Model::ledger_line(std::size_t member) {
  return sandbox::ledger_line(members_, member, modes_.volatile_meta);
}

void Model::reset(WallTime now) {
  modes_ = {};
  faults_ = {};
  limit_.configure(LimitSettings(), now);
  members_.clear();
  grants_.clear();
  authorize_requests_.clear();
  codes_.clear();
  conduct_.reset();
  dice_.restart();
  transactions_ = 0;
  prod_links_issued_ = false;
  edge_requests_ = {};
}

}  // namespace claimferry::sandbox
