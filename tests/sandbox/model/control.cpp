#include "tests/sandbox/model/control.hpp"

#include <functional>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "tests/sandbox/model/settings_json.hpp"
#include "tests/sandbox/model/usage_json.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

constexpr unsigned members_per_call_max = 1'000'000;
constexpr unsigned eobs_max = 100'000;
constexpr std::size_t places_bytes_max = std::size_t{1} << 30;
// All claims of one member are made at once.
constexpr std::size_t member_bytes_max = std::size_t{1} << 30;
constexpr std::size_t eob_bytes = 5'000;
constexpr std::size_t line_bytes = 1'000;

ControlAnswer refuse(unsigned status, std::string_view why) {
  json::object body;
  body["error"] = why;
  return {status, "application/json", json::serialize(body)};
}

template <class Settings>
ControlAnswer patch_and_describe(Settings& settings, std::string_view body) {
  if (const auto complaint = patch(settings, body)) {
    return refuse(400, *complaint);
  }
  return {200, "application/json", describe(settings)};
}

// As `claimferry member add --from` reads them.
std::string enrolment_line(const EnrolledMember& enrolled) {
  json::object line;
  line["member"] = enrolled.member;
  line["patient"] = enrolled.patient;
  line["refresh_token"] = enrolled.refresh_token;
  return json::serialize(line) + "\n";
}

struct AddMembers {
  unsigned count = 1;
  unsigned seed = 1;
  unsigned eobs = 30;
  unsigned lines_per_eob_max = 8;
  unsigned padding_bytes = 0;
};

std::optional<json::object> parse_object(std::string_view body) {
  if (body.empty()) {
    return json::object();
  }
  boost::system::error_code ec;
  json::value value = json::parse(json::string_view(body.data(), body.size()), ec);
  if (ec || !value.is_object()) {
    return std::nullopt;
  }
  return std::move(value.get_object());
}

bool read_number(const json::value& value, unsigned& number) {
  if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > 1'000'000'000) {
    return false;
  }
  number = static_cast<unsigned>(value.get_int64());
  return true;
}

std::optional<std::string> read(const json::object& object, AddMembers& wanted) {
  for (const auto& [key, value] : object) {
    unsigned* field = key == "count"               ? &wanted.count
                      : key == "seed"              ? &wanted.seed
                      : key == "eobs"              ? &wanted.eobs
                      : key == "lines_per_eob_max" ? &wanted.lines_per_eob_max
                      : key == "padding_bytes"     ? &wanted.padding_bytes
                                                   : nullptr;
    if (field == nullptr || !read_number(value, *field)) {
      return "wants whole numbers count, seed, eobs, lines_per_eob_max and padding_bytes";
    }
  }
  if (wanted.count > members_per_call_max || wanted.eobs > eobs_max) {
    return "at most 1,000,000 members a call, of at most 100,000 claims";
  }
  return std::nullopt;
}

std::optional<std::string> refuse_memory(const AddMembers& wanted, const MemberBook& members) {
  const std::size_t places = wanted.count * MemberBook::place_bytes(wanted.eobs);
  if (members.places_bytes() + places > places_bytes_max) {
    return "these members would take more than 1 GiB; ask for fewer, or for fewer eobs";
  }
  // Lines are uniform up to their maximum.
  const std::size_t one =
      eob_bytes + wanted.lines_per_eob_max * line_bytes / 2 + std::size_t{wanted.padding_bytes};
  if (wanted.eobs * one > member_bytes_max) {
    return "the claims of one member would take more than 1 GiB; ask for fewer eobs, "
           "lines_per_eob_max or padding_bytes";
  }
  return std::nullopt;
}

// {"member":"M000001","count":3}, {"member":"M000001","refresh":true}; without member: everybody.
struct Selection {
  std::optional<std::string> member;
  unsigned count = 1;
  bool refresh = false;
};

std::optional<std::string> read(const json::object& object, Selection& selection) {
  for (const auto& [key, value] : object) {
    if (key == "member" && value.is_string()) {
      selection.member = value.get_string();
    } else if (key == "refresh" && value.is_bool()) {
      selection.refresh = value.get_bool();
    } else if (key != "count" || !read_number(value, selection.count)) {
      return "wants member (a string), count (a whole number) or refresh (true or false)";
    }
  }
  return std::nullopt;
}

// What a command with a Selection as its body does to each member it names.
ControlAnswer for_each_selected(
    Model& model, std::string_view body,
    const std::function<json::array(std::size_t, const Selection&)>& change) {
  const auto object = parse_object(body);
  if (!object) {
    return refuse(400, "the body is not a JSON object");
  }
  Selection selection;
  if (const auto complaint = read(*object, selection)) {
    return refuse(400, *complaint);
  }
  std::size_t first = 0;
  std::size_t end = model.members().size();
  if (selection.member) {
    const auto found = model.members().find(*selection.member);
    if (!found) {
      return refuse(404, "no such member");
    }
    first = *found;
    end = first + 1;
  }
  json::array changed;
  for (std::size_t member = first; member < end; ++member) {
    for (json::value& item : change(member, selection)) {
      changed.push_back(std::move(item));
    }
  }
  json::object answer;
  answer["changed"] = std::move(changed);
  return {200, "application/json", json::serialize(answer)};
}

}  // namespace

ControlAnswer Control::handle(std::string_view method, std::string_view target_text,
                              std::string_view body, WallTime now) {
  const Target target = parse_target(target_text);
  const std::string command = std::string(method) + " " + target.path;
  if (command == "GET /healthz") {
    return {200, "application/json", R"({"ok":true})"};
  }
  if (command == "POST /v1/members") {
    return add_members(body, now);
  }
  if (command == "PATCH /v1/modes" || command == "GET /v1/modes") {
    return patch_and_describe(model_.modes(), method == "GET" ? "{}" : body);
  }
  if (command == "PATCH /v1/faults" || command == "GET /v1/faults") {
    return patch_and_describe(model_.faults(), method == "GET" ? "{}" : body);
  }
  if (command == "PUT /v1/limit") {
    return set_limit(body, now);
  }
  if (command == "GET /v1/usage") {
    return usage(target, now);
  }
  if (command == "POST /v1/claims/adjust" || command == "POST /v1/claims/withdraw") {
    return change_claims(body, command == "POST /v1/claims/withdraw");
  }
  if (command == "POST /v1/tokens/expire") {
    return expire_tokens(body);
  }
  if (command == "GET /v1/tokens") {
    return tokens(target);
  }
  if (command == "POST /v1/consents") {
    return renew_consent(body, now);
  }
  if (command == "GET /v1/ledger") {
    return ledger(target);
  }
  if (command == "GET /v1/violations") {
    return {200, "application/json", describe(model_.violations())};
  }
  if (command == "POST /v1/reset") {
    model_.reset(now);
    return {200, "application/json", "{}"};
  }
  return refuse(404, "no such command; tests/sandbox/README.md lists them");
}

ControlAnswer Control::add_members(std::string_view body, WallTime now) {
  const auto object = parse_object(body);
  if (!object) {
    return refuse(400, "the body is not a JSON object");
  }
  AddMembers wanted;
  if (const auto complaint = read(*object, wanted)) {
    return refuse(400, *complaint);
  }
  if (const auto complaint = refuse_memory(wanted, model_.members())) {
    return refuse(400, *complaint);
  }
  MemberSpec spec;
  spec.seed = wanted.seed;
  spec.eobs = wanted.eobs;
  spec.lines_per_eob_max = wanted.lines_per_eob_max;
  spec.padding_bytes = wanted.padding_bytes;
  ControlAnswer answer{200, "application/x-ndjson", ""};
  for (unsigned count = 0; count < wanted.count; ++count) {
    answer.body += enrolment_line(model_.enrol(spec, now));
  }
  return answer;
}

ControlAnswer Control::change_claims(std::string_view body, bool withdraw) {
  return for_each_selected(model_, body,
                           [this, withdraw](std::size_t index, const Selection& selection) {
                             MemberBook& members = model_.members();
                             const auto ids = withdraw ? members.withdraw(index, selection.count)
                                                       : members.adjust(index, selection.count);
                             json::array changed;
                             for (const std::string& id : ids) {
                               json::object claim;
                               claim["member"] = members.at(index).id;
                               claim["id"] = id;
                               changed.push_back(std::move(claim));
                             }
                             return changed;
                           });
}

ControlAnswer Control::expire_tokens(std::string_view body) {
  return for_each_selected(model_, body, [this](std::size_t index, const Selection& selection) {
    if (selection.refresh) {
      model_.grants().revoke(index);
    } else {
      model_.grants().expire_access_tokens(index);
    }
    json::array changed;
    changed.emplace_back(model_.members().at(index).id);
    return changed;
  });
}

ControlAnswer Control::tokens(const Target& target) {
  const Parameter* member = target.find("member");
  if (member == nullptr) {
    return refuse(400, "wants ?member=");
  }
  const auto found = model_.members().find(member->value);
  if (!found) {
    return refuse(404, "no such member");
  }
  json::object answer;
  answer["tokens"] = json::value_from(model_.grants().tokens_of(*found));
  return {200, "application/json", json::serialize(answer)};
}

ControlAnswer Control::renew_consent(std::string_view body, WallTime now) {
  const auto object = parse_object(body);
  Selection selection;
  if (!object || read(*object, selection) || !selection.member) {
    return refuse(400, "wants member (a string)");
  }
  const auto found = model_.members().find(*selection.member);
  if (!found) {
    return refuse(404, "no such member");
  }
  const Member& member = model_.members().at(*found);
  return {200, "application/x-ndjson",
          enrolment_line({member.id, member.patient_id, model_.grants().reopen(*found, now)})};
}

// PUT: what is not named has its default.
ControlAnswer Control::set_limit(std::string_view body, WallTime now) {
  Limits limits;
  ControlAnswer answer = patch_and_describe(limits, body);
  if (answer.status == 200) {
    model_.limit().configure(limits, now);
  }
  return answer;
}

ControlAnswer Control::usage(const Target& target, WallTime now) {
  UsageSpan span = whole_usage(model_.limit().usage(), now);
  if (const auto complaint = read(target.parameters, span)) {
    return refuse(400, *complaint);
  }
  return {200, "application/json", describe(model_.limit(), span)};
}

ControlAnswer Control::ledger(const Target& target) {
  ControlAnswer answer{200, "application/x-ndjson", ""};
  const Parameter* member = target.find("member");
  if (member != nullptr) {
    const auto found = model_.members().find(member->value);
    if (!found) {
      return refuse(404, "no such member");
    }
    answer.body = model_.ledger_line(*found);
    return answer;
  }
  for (std::size_t index = 0; index < model_.members().size(); ++index) {
    answer.body += model_.ledger_line(index);
  }
  return answer;
}

}  // namespace claimferry::sandbox
