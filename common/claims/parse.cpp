#include "common/claims/parse.hpp"

#include "common/base/ids.hpp"
#include "common/base/limits.hpp"
#include "common/claims/change_hash.hpp"
#include "common/claims/json_walk.hpp"
#include "common/claims/resource_rows.hpp"

namespace claimferry::claims {
namespace {

using queue::Resource;
using simdjson::error_code;
namespace ondemand = simdjson::ondemand;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

Failure not_json(error_code error) {
  if (error == simdjson::UTF8_ERROR) {
    return {FailureKind::retryable, "page_not_utf8", "the payer's page is not UTF-8"};
  }
  if (error == simdjson::DEPTH_ERROR) {
    return {FailureKind::retryable, "page_too_deep",
            "the payer's page nests deeper than " + std::to_string(limits::json_depth_max)};
  }
  return {FailureKind::retryable, "page_not_json",
          "the payer's page is not JSON, or was cut off: " +
              std::string(simdjson::error_message(error))};
}

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

// What stands where a Bundle or Patient was asked for, in words that are safe to repeat.
std::string what_came_instead(std::string_view type, std::string_view issue_code) {
  const std::string name =
      is_plain_name(type, 64) ? std::string(type) : std::string("JSON without a resourceType");
  return is_plain_name(issue_code, 64) ? name + " (" + std::string(issue_code) + ")" : name;
}

struct Scratch {
  ondemand::parser parser;
  JsonTape tape;       // the resource at hand
  JsonTape side;       // all else, read only to be checked
  std::string leaves;  // of the change hash
};

class PageReader {
 public:
  PageReader(Scratch& scratch, const ParseRequest& request, ParsedPage& page)
      : scratch_(scratch), request_(request), page_(page) {}

  Result<void> read() {
    std::string_view text = page_.body.view();
    std::size_t capacity = page_.body.capacity();
    if (text.starts_with(byte_order_mark)) {
      text.remove_prefix(byte_order_mark.size());
      capacity -= byte_order_mark.size();
    }
    const simdjson::padded_string_view padded(text.data(), text.size(), capacity);
    if (const auto error = scratch_.parser.iterate(padded).get(document_)) {
      return not_json(error);
    }
    ondemand::object root;
    if (const auto error = document_.get_object().get(root)) {
      const bool is_json = !document_.type().error();
      return error == simdjson::INCORRECT_TYPE && is_json ? unexpected() : not_json(error);
    }
    const bool wants_patient = request_.resource == Resource::patient;
    const auto error = wants_patient ? read_patient(root, text) : read_bundle(root);
    if (error) {
      return not_json(error);
    }
    if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return not_json(simdjson::TRAILING_CONTENT);
    }
    if (type_ != (wants_patient ? "Patient" : "Bundle")) {
      return unexpected();
    }
    if (too_many_entries_) {
      return Failure{FailureKind::permanent, "too_many_entries",
                     "a page of the payer holds more than " +
                         std::to_string(limits::entries_per_page_max) + " entries"};
    }
    return {};
  }

 private:
  Failure unexpected() const {
    const bool wants_patient = request_.resource == Resource::patient;
    return {FailureKind::retryable, wants_patient ? "not_a_patient" : "not_a_bundle",
            "the payer answered 200 with " + what_came_instead(type_, issue_code_) +
                (wants_patient ? " instead of a Patient" : " instead of a Bundle")};
  }

  error_code read_patient(ondemand::object& root, std::string_view text) {
    scratch_.tape.clear();
    if (const auto error = JsonWalk(scratch_.tape, page_.arena).object(root, 0)) {
      return error;
    }
    const JsonView patient(scratch_.tape, 0);
    note_type(patient["resourceType"], patient["issue"]);
    const auto begin = text.find('{');
    const auto end = text.rfind('}');
    Entry entry;
    entry.raw = entry.resource = text.substr(begin, end + 1 - begin);
    if (type_ == "Patient") {
      sort_out(entry);
    }
    return simdjson::SUCCESS;
  }

  void note_type(JsonView type, JsonView issues) {
    type_ = type.text();
    issue_code_ = issues.first()["code"].text();
  }

  error_code read_bundle(ondemand::object& root) {
    for (auto item : root) {
      ondemand::field field;
      if (const auto error = std::move(item).get(field)) {
        return error;
      }
      JsonWalk walk(scratch_.side, page_.arena);
      std::string_view key;
      if (const auto error = walk.key(field, key)) {
        return error;
      }
      if (key == "entry" && field.value().raw_json_token().front() == '[') {
        if (const auto error = read_entries(field.value())) {
          return error;
        }
        continue;
      }
      scratch_.side.clear();
      if (const auto error = walk.value(field.value(), 1)) {
        return error;
      }
      note_bundle_field(key, JsonView(scratch_.side, 0));
    }
    return simdjson::SUCCESS;
  }

  void note_bundle_field(std::string_view key, JsonView value) {
    if (key == "resourceType") {
      type_ = value.text();
    } else if (key == "issue") {
      issue_code_ = value.first()["code"].text();
    } else if (key == "total") {
      const std::string digits(value.scalar());
      if (!digits.empty() && digits.size() < 10 &&
          digits.find_first_not_of("0123456789") == std::string::npos) {
        page_.total = std::stoull(digits);
      }
    } else if (key == "link") {
      value.each([this](JsonView link) {
        if (link["relation"].text() == "next" && !link["url"].text().empty()) {
          page_.next_link = std::string(link["url"].text());
        }
      });
    }
  }

  error_code read_entries(ondemand::value value) {
    ondemand::array entries;
    if (const auto error = value.get_array().get(entries)) {
      return error;
    }
    std::size_t count = 0;
    for (auto item : entries) {
      ondemand::value element;
      if (const auto error = std::move(item).get(element)) {
        return error;
      }
      too_many_entries_ = too_many_entries_ || ++count > limits::entries_per_page_max;
      Entry entry;
      if (const auto error = read_entry(element, entry)) {
        return error;
      }
      if (!too_many_entries_) {
        sort_out(entry);
      }
    }
    return simdjson::SUCCESS;
  }

  struct Entry {
    std::string_view raw;       // the whole entry
    std::string_view resource;  // its resource; empty: none
    std::string_view full_url;
    bool is_match = true;  // a match of the search, counted in total; not an include or outcome
  };

  error_code read_entry(ondemand::value value, Entry& entry) {
    const std::string_view token = value.raw_json_token();
    scratch_.tape.clear();
    if (token.front() != '{') {
      scratch_.side.clear();
      const auto error = JsonWalk(scratch_.side, page_.arena).value(value, 2);
      entry.raw = token.front() == '[' ? consumed_since(token.data())
                                       : token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
      return error;
    }
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) {
      return error;
    }
    for (auto item : object) {
      ondemand::field field;
      if (const auto error = std::move(item).get(field)) {
        return error;
      }
      if (const auto error = read_entry_field(field, entry)) {
        return error;
      }
    }
    entry.raw = consumed_since(token.data());
    return simdjson::SUCCESS;
  }

  error_code read_entry_field(ondemand::field& field, Entry& entry) {
    std::string_view key;
    if (const auto error = JsonWalk(scratch_.side, page_.arena).key(field, key)) {
      return error;
    }
    const std::string_view token = field.value().raw_json_token();
    if (key == "resource" && token.front() == '{' && entry.resource.empty()) {
      const auto error = JsonWalk(scratch_.tape, page_.arena).value(field.value(), 3);
      entry.resource = consumed_since(token.data());
      return error;
    }
    scratch_.side.clear();
    const auto error = JsonWalk(scratch_.side, page_.arena).value(field.value(), 3);
    if (error) {
      return error;
    }
    const JsonView value(scratch_.side, 0);
    if (key == "fullUrl") {
      entry.full_url = value.text();
    } else if (key == "search" && !value["mode"].text().empty()) {
      entry.is_match = value["mode"].text() == "match";
    }
    return simdjson::SUCCESS;
  }

  // The exact bytes of an object or array that the walk has just left.
  std::string_view consumed_since(const char* begin) {
    const char* end = nullptr;
    if (document_.current_location().get(end)) {
      return {};
    }
    const std::string_view text(begin, static_cast<std::size_t>(end - begin));
    return text.substr(0, text.find_last_of("}]") + 1);
  }

  void sort_out(const Entry& entry) {
    if (entry.resource.empty()) {
      quarantine(entry, "no_resource", "/resource", false);
      return;
    }
    const JsonView resource(scratch_.tape, 0);
    const std::string_view type = resource["resourceType"].text();
    if (type == "OperationOutcome") {
      page_.fatal_outcome = page_.fatal_outcome || is_severe(resource);
      quarantine_outcome(entry);
    } else if (type != to_string(request_.resource)) {
      quarantine(entry, "wrong_type", "/resource/resourceType", true);
    } else if (resource["id"].scalar().empty()) {
      quarantine(entry, "no_id", "/resource/id", false);
    } else {
      accept(entry, resource);
    }
  }

  void accept(const Entry& entry, JsonView resource) {
    const std::string_view whose = patient_pointer();
    const bool is_patient = request_.resource == Resource::patient;
    const std::string_view reference =
        is_patient ? resource["id"].scalar() : resource[whose.substr(1)]["reference"].text();
    if (reference.empty()) {
      quarantine(entry, "no_patient", in_resource(std::string(whose)), true);
      return;
    }
    const bool ours = is_patient ? reference == request_.patient_id
                                 : refers_to_patient(reference, request_.patient_id);
    if (!ours) {
      quarantine(entry, "foreign_patient", in_resource(std::string(whose)), true);
      return;
    }
    const auto index = static_cast<std::uint32_t>(page_.resources.size());
    if (request_.resource == Resource::eob) {
      if (const auto misfit = read_eob(resource, index, page_.rows, page_.arena)) {
        quarantine(entry, "wrong_shape", in_resource(*misfit), true);
        return;
      }
    } else if (request_.resource == Resource::coverage) {
      read_coverage(resource, index, page_.rows);
    }
    page_.resources.push_back(
        {to_string(request_.resource), resource["id"].scalar(), entry.full_url, entry.resource,
         sha256(entry.resource),
         change_hash(scratch_.tape, request_.volatile_pointers, scratch_.leaves)});
  }

  // Where a resource says whose it is.
  std::string_view patient_pointer() const {
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

  std::string_view in_resource(const std::string& pointer) {
    return page_.arena.emplace_back("/resource" + pointer);
  }

  void quarantine(const Entry& entry, std::string_view reason, std::string_view pointer,
                  bool identifiable) {
    page_.quarantined.push_back({entry.raw, reason, pointer, identifiable, entry.is_match});
  }
  void quarantine_outcome(const Entry& entry) {
    page_.quarantined.push_back({entry.raw, "operation_outcome", "/resource", true, false});
  }

  Scratch& scratch_;
  const ParseRequest& request_;
  ParsedPage& page_;
  ondemand::document document_;
  std::string_view type_;
  std::string_view issue_code_;
  bool too_many_entries_ = false;
};

}  // namespace

struct PageParser::State {
  Scratch scratch;
};

PageParser::PageParser() : state_(std::make_unique<State>()) {}
PageParser::~PageParser() = default;
PageParser::PageParser(PageParser&&) noexcept = default;
PageParser& PageParser::operator=(PageParser&&) noexcept = default;

Result<ParsedPage> PageParser::parse(http::Body body, const ParseRequest& request) {
  ParsedPage page;
  page.body = std::move(body);
  auto read = PageReader(state_->scratch, request, page).read();
  if (!read) {
    return std::move(read.failure());
  }
  return page;
}

}  // namespace claimferry::claims
