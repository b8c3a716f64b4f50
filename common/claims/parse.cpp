#include "common/claims/parse.hpp"

#include "common/base/ids.hpp"
#include "common/base/limits.hpp"
#include "common/claims/entry_sorter.hpp"
#include "common/claims/json_walk.hpp"

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
  if (error == simdjson::CAPACITY) {
    return {FailureKind::retryable, "page_too_complex",
            "the payer's page holds more than " + std::to_string(limits::json_nodes_per_page_max) +
                " JSON values or " + std::to_string(limits::claim_lines_per_page_max) +
                " claim lines; nothing of it was kept"};
  }
  return {FailureKind::retryable, "page_not_json",
          "the payer's page is not JSON, or was cut off: " +
              std::string(simdjson::error_message(error))};
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

  std::size_t bytes() const noexcept {
    // simdjson holds 4 bytes of indexes and 5/3 of strings for each byte of the largest page.
    return parser.capacity() * 6 + (tape.capacity() + side.capacity()) * sizeof(JsonNode) +
           leaves.capacity();
  }
};

class PageReader {
 public:
  PageReader(Scratch& scratch, const ParseRequest& request, ParsedPage& page)
      : scratch_(scratch), request_(request), page_(page), sorter_(request, page, scratch.leaves) {}

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
    if (!bad_link_.empty()) {
      return Failure{FailureKind::retryable, "bad_next_link",
                     "the payer's page does not say whether another follows: " + bad_link_ +
                         " of the Bundle is no link with a relation and, for \"next\", one url; if "
                         "it stays so, the payer has to mend it"};
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
    if (const auto error = walk(scratch_.tape).object(std::move(root), 0)) {
      return error;
    }
    const JsonView patient(scratch_.tape, 0);
    note_type(patient["resourceType"], patient["issue"]);
    const auto begin = text.find('{');
    const auto end = text.rfind('}');
    Entry entry;
    entry.raw = entry.resource = text.substr(begin, end + 1 - begin);
    if (type_ == "Patient") {
      sorter_.sort(entry, scratch_.tape);
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
      std::string_view key;
      if (const auto error = walk(scratch_.side).key(field, key)) {
        return error;
      }
      if (key == "entry") {
        if (const auto error = read_entries(field.value())) {
          return error;
        }
        continue;
      }
      scratch_.side.clear();
      if (const auto error = walk(scratch_.side).value(field.value(), 1)) {
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
      note_links(value);
    }
  }

  // A page that hides its next link must not pass for the last one.
  void note_links(JsonView links) {
    if (!links.is(JsonKind::array)) {
      bad_link_ = links.is(JsonKind::null) ? bad_link_ : "/link";
      return;
    }
    std::size_t at = 0;
    links.each([this, &at](JsonView link) {
      const std::string_view relation = link["relation"].text();
      const std::string_view url = link["url"].text();
      const bool is_next = relation == "next";
      if (relation.empty() ||
          (is_next && (url.empty() || page_.next_link.value_or(std::string(url)) != url))) {
        bad_link_ = "/link/" + std::to_string(at);
      } else if (is_next) {
        page_.next_link = std::string(url);
      }
      ++at;
    });
  }

  error_code read_entries(ondemand::value value) {
    const std::string_view token = value.raw_json_token();
    if (token.front() != '[') {
      scratch_.side.clear();
      const auto error = walk(scratch_.side).value(value, 1);
      if (!error && !JsonView(scratch_.side, 0).is(JsonKind::null)) {
        sorter_.quarantine_list(exact_bytes(token));
      }
      return error;
    }
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
      if (!too_many_entries_ && !sorter_.sort(entry, scratch_.tape)) {
        return simdjson::CAPACITY;
      }
    }
    return simdjson::SUCCESS;
  }

  error_code read_entry(ondemand::value value, Entry& entry) {
    const std::string_view token = value.raw_json_token();
    scratch_.tape.clear();
    if (token.front() != '{') {
      scratch_.side.clear();
      const auto error = walk(scratch_.side).value(value, 2);
      entry.raw = exact_bytes(token);
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
    entry.raw = consumed_since(token);
    return simdjson::SUCCESS;
  }

  error_code read_entry_field(ondemand::field& field, Entry& entry) {
    std::string_view key;
    if (const auto error = walk(scratch_.side).key(field, key)) {
      return error;
    }
    const std::string_view token = field.value().raw_json_token();
    if (key == "resource" && token.front() == '{' && entry.resource.empty()) {
      const auto error = walk(scratch_.tape).value(field.value(), 3);
      entry.resource = consumed_since(token);
      return error;
    }
    scratch_.side.clear();
    const auto error = walk(scratch_.side).value(field.value(), 3);
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

  JsonWalk walk(JsonTape& tape) { return {tape, page_.texts, nodes_left_}; }

  // Of the value that begins with this token and that the walk has just left.
  std::string_view exact_bytes(std::string_view token) {
    const bool is_nested = token.front() == '{' || token.front() == '[';
    return is_nested ? consumed_since(token)
                     : token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  }

  // The exact bytes of an object or array, from its first token, that the walk has just left.
  std::string_view consumed_since(std::string_view token) {
    const char* begin = token.data();
    const char* end = nullptr;
    if (document_.current_location().get(end)) {
      return {};
    }
    const std::string_view text(begin, static_cast<std::size_t>(end - begin));
    return text.substr(0, text.find_last_of("}]") + 1);
  }

  Scratch& scratch_;
  const ParseRequest& request_;
  ParsedPage& page_;
  EntrySorter sorter_;
  ondemand::document document_;
  std::size_t nodes_left_ = limits::json_nodes_per_page_max;
  std::string_view type_;
  std::string_view issue_code_;
  std::string bad_link_;  // where it stands; empty: nowhere
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

Result<ParsedPage> PageParser::parse(http::Body& body, const ParseRequest& request) {
  ParsedPage page;
  page.body = std::move(body);
  auto read = PageReader(state_->scratch, request, page).read();
  if (buffer_bytes() > limits::parse_buffer_bytes_kept_max) {
    state_->scratch = Scratch();
  }
  if (!read) {
    body = std::move(page.body);
    return std::move(read.failure());
  }
  return page;
}

std::size_t PageParser::buffer_bytes() const noexcept {
  return state_->scratch.bytes();
}

}  // namespace claimferry::claims
