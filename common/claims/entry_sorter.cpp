#include "common/claims/entry_sorter.hpp"

#include "common/base/limits.hpp"
#include "common/claims/change_hash.hpp"

namespace claimferry::claims {
namespace {

using queue::Resource;

// "Patient/123", "https://host/fhir/Patient/123", either with "/_history/4".
bool refers_to_patient(std::string_view reference, std::string_view patient) {
  reference = reference.substr(0, reference.find("/_history/"));
  if (!reference.ends_with(patient)) {
    return false;
  }
  reference.remove_suffix(patient.size());
  return reference == "Patient/" || reference.ends_with("/Patient/");
}

bool is_severe(JsonView outcome) {
  return outcome["issue"].any([](JsonView issue) {
    return issue["severity"].text() == "fatal" || issue["severity"].text() == "error";
  });
}

std::size_t count_of(JsonView array) {
  std::size_t count = 0;
  array.each([&count](JsonView) { ++count; });
  return count;
}

}  // namespace

bool EntrySorter::sort(const Entry& entry, const JsonTape& tape) {
  if (entry.resource.empty()) {
    quarantine(entry, {}, "no_resource", "/resource", false);
    return true;
  }
  const JsonView resource(tape, 0);
  const std::string_view type = resource["resourceType"].text();
  if (type == "OperationOutcome") {
    page_.fatal_outcome = page_.fatal_outcome || is_severe(resource);
    Entry uncounted = entry;
    uncounted.is_match = false;
    quarantine(uncounted, resource, "operation_outcome", "/resource", true);
  } else if (type != to_string(request_.resource)) {
    // Without a type it may be a claim that we know.
    quarantine(entry, resource, "wrong_type", "/resource/resourceType", !type.empty());
  } else if (resource["id"].scalar().empty()) {
    quarantine(entry, resource, "no_id", "/resource/id", false);
  } else {
    return accept(entry, tape);
  }
  return true;
}

bool EntrySorter::accept(const Entry& entry, const JsonTape& tape) {
  const JsonView resource(tape, 0);
  const std::string_view id = resource["id"].scalar();
  const std::string_view whose = patient_pointer();
  const bool is_patient = request_.resource == Resource::patient;
  const std::string_view reference =
      is_patient ? id : resource[whose.substr(1)]["reference"].text();
  if (reference.empty()) {
    quarantine(entry, resource, "no_patient", in_resource(std::string(whose)), true);
    return true;
  }
  const bool ours = is_patient ? reference == request_.patient_id
                               : refers_to_patient(reference, request_.patient_id);
  if (!ours) {
    quarantine(entry, resource, "foreign_patient", in_resource(std::string(whose)), true);
    return true;
  }
  if (came_already(entry, resource)) {
    return true;
  }
  const auto index = static_cast<std::uint32_t>(page_.resources.size());
  const std::size_t lines = page_.rows.of(TableId::claim_line).size();
  if (lines + count_of(resource["item"]) > limits::claim_lines_per_page_max) {
    return false;
  }
  const auto misfit = flattener_.flatten(tape, index);
  if (flattener_.is_full()) {
    return false;
  }
  if (misfit) {
    quarantine(entry, resource, "wrong_shape", in_resource(*misfit), true);
    return true;
  }
  const std::string_view type = to_string(request_.resource);
  accepted_.emplace(id, entry.resource);
  page_.resources.push_back({type, id, entry.full_url, entry.resource, sha256(entry.resource),
                             change_hash(tape, request_.volatile_pointers, leaves_)});
  if (entry.is_match) {
    count(type, id);
  }
  return true;
}

// The same resource twice in one page is one. Of two that share an id and differ, the first stands:
// which is newer nobody can know, and storing both would make new versions at each repetition.
bool EntrySorter::came_already(const Entry& entry, JsonView resource) {
  const auto before = accepted_.find(resource["id"].scalar());
  if (before == accepted_.end()) {
    return false;
  }
  if (before->second != entry.resource) {
    quarantine(entry, resource, "repeated_id", "/resource/id", true);
  }
  return true;
}

// Where a resource says whose it is.
std::string_view EntrySorter::patient_pointer() const {
  switch (request_.resource) {
    case Resource::patient:
      return "/id";
    case Resource::coverage:
      return "/beneficiary";
    case Resource::eob:
      return "/patient";
  }
  return {};
}

std::string_view EntrySorter::in_resource(const std::string& pointer) {
  return page_.texts.add("/resource" + pointer);
}

void EntrySorter::quarantine(const Entry& entry, JsonView resource, std::string_view reason,
                             std::string_view pointer, bool identifiable) {
  const std::string_view type = resource["resourceType"].text();
  const std::string_view id = resource["id"].scalar();
  page_.quarantined.push_back({entry.raw, reason, pointer, identifiable, entry.is_match, type, id});
  if (identifiable && entry.is_match) {
    count(type, id);
  }
}

void EntrySorter::quarantine_list(std::string_view raw) {
  page_.quarantined.push_back({raw, "wrong_shape", "/entry", false, false, {}, {}});
}

void EntrySorter::count(std::string_view type, std::string_view id) {
  if (id.empty() || counted_.emplace(type, id).second) {
    ++page_.entries_distinct;
  }
}

}  // namespace claimferry::claims
