#include "tests/sandbox/model/resource_endpoints.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/bundle.hpp"
#include "tests/sandbox/model/paging.hpp"

namespace claimferry::sandbox {
namespace {

constexpr std::uint64_t stranger_offset = 1'000'000'000;
// Published fullUrls pad ids that are numbers: "0000000000000045666".
constexpr std::size_t padded_id_length = 19;

Answer bad_request(std::string_view diagnostics) {
  return outcome_answer(400, "invalid", "MSG_PARAM_INVALID", diagnostics);
}

Answer not_found() {
  return outcome_answer(404, "not-found", "MSG_NO_MATCH", "No resource matches the request");
}

std::optional<std::chrono::sys_days> parse_date(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const char* at = text.data();
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' &&
                      std::from_chars(at, at + 4, year).ptr == at + 4 &&
                      std::from_chars(at + 5, at + 7, month).ptr == at + 7 &&
                      std::from_chars(at + 8, at + 10, day).ptr == at + 10;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!shaped || !date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date);
}

Answer bundle_answer(BundleWriter&& bundle) {
  Answer answer = json_answer(200, std::move(bundle).finish());
  answer.bundle = true;
  return answer;
}

std::string_view bare_id(std::string_view reference) {
  constexpr std::string_view prefix = "Patient/";
  return reference.starts_with(prefix) ? reference.substr(prefix.size()) : reference;
}

}  // namespace

std::optional<Answer> ResourceEndpoints::handle(std::string_view relative_path,
                                                const Target& target, std::size_t member) {
  const std::size_t slash = relative_path.find('/', 1);
  const bool reads = slash != std::string_view::npos;
  const std::string_view type = relative_path.substr(1, reads ? slash - 1 : slash);
  if (type != "Patient" && type != "Coverage" && type != "ExplanationOfBenefit") {
    return std::nullopt;
  }
  if (modes_.member_unknown == "*" || modes_.member_unknown == members_.at(member).id) {
    return not_found();
  }
  if (reads) {
    return read(type, relative_path.substr(slash + 1), target, member);
  }
  if (modes_.not_a_bundle || dice_.happens(Knob::outcome_200, faults_.outcome_200)) {
    return outcome_answer(200, "processing", "MSG_SVC_FAILURE", "The search was not carried out");
  }
  if (type == "Patient") {
    return search_patient(target, member);
  }
  return type == "Coverage" ? search_coverage(target, member) : search_eob(target, member);
}

std::optional<Answer> ResourceEndpoints::refuse_unknown(
    const Target& target, std::initializer_list<std::string_view> known) {
  for (const Parameter& parameter : target.parameters) {
    if (std::ranges::find(known, parameter.name) == known.end()) {
      ++violations_.unknown_parameters;
      return bad_request("An unknown parameter is provided");
    }
  }
  return std::nullopt;
}

std::optional<Answer> ResourceEndpoints::refuse_other_patient(const Parameter* patient,
                                                              std::size_t member) const {
  if (patient == nullptr) {
    return bad_request("A required parameter is not provided");
  }
  if (bare_id(patient->value) != members_.at(member).patient_id) {
    return outcome_answer(403, "forbidden", "MSG_AUTH_REQUIRED",
                          "The token does not open this patient's records");
  }
  return std::nullopt;
}

Answer ResourceEndpoints::read_answer(std::string body) const {
  return json_answer(modes_.status_203_on_reads ? 203 : 200, std::move(body));
}

Answer ResourceEndpoints::read(std::string_view type, std::string_view id, const Target& target,
                               std::size_t member) {
  if (auto refusal = refuse_unknown(target, {})) {
    return *std::move(refusal);
  }
  const auto resources = members_.resources(member);
  if (type == "Patient") {
    const Parameter patient{"patient", std::string(id), std::string(id)};
    if (auto refusal = refuse_other_patient(&patient, member)) {
      return *std::move(refusal);
    }
    return read_answer(as_sent({&resources->patient, &members_.at(member).patient}));
  }
  ClaimFilter filter;
  filter.id = id;
  const std::vector<Match> matches =
      type == "Coverage" ? coverages(*resources, member) : eobs(*resources, member, filter);
  const auto found =
      std::ranges::find_if(matches, [id](const Match& match) { return match.resource->id == id; });
  return found == matches.end() ? not_found() : read_answer(as_sent(*found));
}

Answer ResourceEndpoints::search_patient(const Target& target, std::size_t member) {
  if (auto refusal = refuse_unknown(target, {"_id", "_profile"})) {
    return *std::move(refusal);
  }
  if (auto refusal = refuse_other_patient(target.find("_id"), member)) {
    return *std::move(refusal);
  }
  const auto resources = members_.resources(member);
  BundleWriter bundle(modes_.bundle_total ? std::optional<std::size_t>(1) : std::nullopt);
  write_entry(bundle, {&resources->patient, &members_.at(member).patient});
  return bundle_answer(std::move(bundle));
}

Answer ResourceEndpoints::search_coverage(const Target& target, std::size_t member) {
  if (auto refusal = refuse_unknown(target, {"patient", "beneficiary", "_id"})) {
    return *std::move(refusal);
  }
  const Parameter* patient = target.find("patient");
  const Parameter* beneficiary = target.find("beneficiary");
  // The guide and the payer's own documents disagree on this name, so that asking by the other one
  // is refused, but is no offence.
  if ((patient != nullptr && modes_.coverage_param == CoverageParam::beneficiary) ||
      (beneficiary != nullptr && modes_.coverage_param == CoverageParam::patient)) {
    return bad_request("An unknown parameter is provided");
  }
  if (auto refusal = refuse_other_patient(patient != nullptr ? patient : beneficiary, member)) {
    return *std::move(refusal);
  }
  const auto resources = members_.resources(member);
  std::vector<Match> matches = coverages(*resources, member);
  if (const Parameter* id = target.find("_id")) {
    std::erase_if(matches, [id](const Match& match) { return match.resource->id != id->value; });
  }
  BundleWriter bundle(modes_.bundle_total ? std::optional(matches.size()) : std::nullopt);
  for (const Match& match : matches) {
    write_entry(bundle, match);
  }
  return bundle_answer(std::move(bundle));
}

// "A date without a prefix or a prefix without a date will result in an error."
std::optional<Answer> ResourceEndpoints::read_filter(const Target& target, ClaimFilter& filter) {
  for (const Parameter& parameter : target.parameters) {
    if (parameter.name == "_id") {
      filter.id = parameter.value;
    } else if (parameter.name == "_profile") {
      filter.profile = parameter.value;
    } else if (parameter.name == "service-date") {
      const std::string_view value = parameter.value;
      const auto date = parse_date(value.substr(std::min<std::size_t>(2, value.size())));
      if (!date || !(value.starts_with("ge") || value.starts_with("le"))) {
        return bad_request("service-date wants ge or le and a date");
      }
      if (value.starts_with("ge")) {
        filter.from = std::max(filter.from, *date);
      } else {
        filter.to = std::min(filter.to, *date);
      }
    }
  }
  return std::nullopt;
}

Answer ResourceEndpoints::search_eob(const Target& target, std::size_t member) {
  if (auto refusal = refuse_unknown(
          target, {"patient", "service-date", "page", "_page_token", "_profile", "_id"})) {
    return *std::move(refusal);
  }
  if (auto refusal = refuse_other_patient(target.find("patient"), member)) {
    return *std::move(refusal);
  }
  ClaimFilter filter;
  if (auto refusal = read_filter(target, filter)) {
    return *std::move(refusal);
  }
  const auto resources = members_.resources(member);
  return eob_page(target, member, eobs(*resources, member, filter));
}

Answer ResourceEndpoints::eob_page(const Target& target, std::size_t member,
                                   const std::vector<Match>& matches) {
  const Paging paging(site_, modes_, target);
  const auto page = paging.requested();
  if (!page) {
    return bad_request("page is not one that this search gave out");
  }
  if (*page > 1 && dice_.happens(Knob::expired_next_links, faults_.expired_next_links)) {
    return expired_link();
  }
  const std::size_t pages = (matches.size() + modes_.page_size - 1) / modes_.page_size;
  BundleWriter bundle(modes_.bundle_total ? std::optional(matches.size()) : std::nullopt);
  paging.write_links(bundle, *page, std::max<std::size_t>(pages, 1));
  std::size_t begin = std::min(*page - 1, pages) * modes_.page_size;
  const std::size_t end = std::min(begin + modes_.page_size, matches.size());
  if (begin > 0 && begin < end && dice_.happens(Knob::shifted_pages, faults_.shifted_pages)) {
    ++begin;
  }
  if (begin > 0 && begin < end &&
      dice_.happens(Knob::duplicate_entries, faults_.duplicate_entries)) {
    write_entry(bundle, matches[begin - 1]);
  }
  for (std::size_t at = begin; at < end; ++at) {
    write_entry(bundle, matches[at]);
  }
  if (*page == 1) {
    write_intruders(bundle, member);
  }
  return bundle_answer(std::move(bundle));
}

Answer ResourceEndpoints::expired_link() {
  constexpr std::array<unsigned, 3> statuses = {400, 404, 410};
  return outcome_answer(statuses[dice_.below(Knob::expired_next_links, statuses.size())], "expired",
                        "MSG_NO_MATCH", "The page is no longer available");
}

std::vector<ResourceEndpoints::Match> ResourceEndpoints::coverages(const GeneratedMember& resources,
                                                                   std::size_t member) {
  std::vector<Match> matches;
  for (std::size_t at = 0; at < resources.coverages.size(); ++at) {
    matches.push_back({&resources.coverages[at], &members_.at(member).coverages[at]});
  }
  return matches;
}

std::vector<ResourceEndpoints::Match> ResourceEndpoints::eobs(const GeneratedMember& resources,
                                                              std::size_t member,
                                                              const ClaimFilter& filter) {
  std::vector<Match> matches;
  for (std::size_t at = 0; at < resources.eobs.size(); ++at) {
    const GeneratedResource& eob = resources.eobs[at];
    ResourceState& state = members_.at(member).eobs[at];
    const bool wanted =
        !state.withdrawn && eob.service_date >= filter.from && eob.service_date <= filter.to &&
        (filter.id.empty() || eob.id == filter.id) &&
        (filter.profile.empty() || eob.json.find("\"" + filter.profile) != std::string::npos);
    if (wanted) {
      matches.push_back({&eob, &state});
    }
  }
  return matches;
}

std::string ResourceEndpoints::as_sent(const Match& match) {
  if (!modes_.volatile_meta) {
    return match.resource->json;
  }
  ++match.state->stamps;
  return with_new_last_updated(*match.resource, match.state->serial()).json;
}

std::string ResourceEndpoints::full_url(const GeneratedResource& resource) const {
  std::string id = resource.id;
  const bool number = id.find_first_not_of("0123456789") == std::string::npos;
  if ((number || modes_.padded_full_urls) && id.size() < padded_id_length) {
    id.insert(0, padded_id_length - id.size(), '0');
  }
  return site_.resource_base() + "/" + resource.type + "/" + id;
}

void ResourceEndpoints::write_entry(BundleWriter& bundle, const Match& match) {
  const std::string url = full_url(*match.resource);
  if (modes_.volatile_meta) {
    bundle.entry(url, as_sent(match));
  } else {
    bundle.entry(url, match.resource->json);
  }
}

// What a page may hold beside the member's claims: never instead of them.
void ResourceEndpoints::write_intruders(BundleWriter& bundle, std::size_t member) {
  if (modes_.foreign_patient) {
    GenerateRequest stranger = members_.at(member).spec;
    stranger.member_index += stranger_offset;
    ResourceState state;
    const GeneratedResource eob = generate_eob(stranger, 0, 0);
    write_entry(bundle, {&eob, &state});
  }
  if (modes_.broken_entry) {
    bundle.entry(site_.resource_base() + "/ExplanationOfBenefit/",
                 R"({"resourceType":"ExplanationOfBenefit","status":"active"})");
    bundle.entry(site_.resource_base() + "/Basic/1", R"({"resourceType":"Basic","id":"1"})");
  }
  if (modes_.fatal_outcome_entry) {
    bundle.outcome(operation_outcome("fatal", "incomplete", "MSG_SVC_FAILURE",
                                     "Some of the claims could not be read"));
  }
}

}  // namespace claimferry::sandbox
