// What a page costs, beside the limit: simdjson's own on-demand walk of the same bytes, which reads
// every value and keeps nothing: `walk` as one writes it, `walk_in_place` without a copy of a value
// handed down, the fastest that we know of. `parse` is what the product does; `hashes` is the part
// of it that SHA-256 takes (content and change hash), measured on tapes made beforehand.
#include <benchmark/benchmark.h>
#include <boost/json.hpp>
#include <simdjson.h>

#include "common/base/limits.hpp"
#include "common/claims/change_hash.hpp"
#include "common/claims/json_walk.hpp"
#include "common/claims/parse.hpp"
#include "common/claims/tables/flattener.hpp"
#include "tests/bench/claim_page.hpp"

namespace claimferry::bench {
namespace {

namespace ondemand = simdjson::ondemand;

const std::vector<std::string> volatile_pointers{"/meta/lastUpdated", "/meta/versionId"};

// Keys and strings unescaped, all else as its token: what reading every value takes at least.
// Value: ondemand::value, or a reference.
template <class Value>
std::size_t walk(Value value) {
  std::size_t seen = 0;
  switch (value.type()) {
    case ondemand::json_type::object:
      for (auto field : value.get_object()) {
        seen += field.unescaped_key().value().size();
        ondemand::value below = field.value();
        seen += walk<Value>(below);
      }
      return seen;
    case ondemand::json_type::array:
      for (auto element : value.get_array()) {
        ondemand::value below = element.value();
        seen += walk<Value>(below);
      }
      return seen;
    case ondemand::json_type::string:
      return value.get_string().value().size();
    case ondemand::json_type::number:
    case ondemand::json_type::boolean:
    case ondemand::json_type::null:
      return value.raw_json_token().size();
  }
  return seen;
}

template <class Value>
void walk_bare(benchmark::State& state, const ClaimPage& page) {
  ondemand::parser parser;
  const simdjson::padded_string padded(page.body);
  for (auto turn : state) {
    static_cast<void>(turn);
    ondemand::document document = parser.iterate(padded);
    std::size_t seen = 0;
    for (auto field : document.get_object()) {
      seen += field.unescaped_key().value().size();
      ondemand::value below = field.value();
      seen += walk<Value>(below);
    }
    benchmark::DoNotOptimize(seen);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.body.size()));
}

void parse(benchmark::State& state, const ClaimPage& page) {
  claims::PageParser parser;
  const claims::ParseRequest request{queue::Resource::eob, page.patient_id, volatile_pointers};
  http::Body body(page.body);
  std::size_t claims = 0;
  for (auto turn : state) {
    static_cast<void>(turn);
    auto parsed = parser.parse(std::move(body), request);
    if (!parsed || parsed->rows.of(claims::TableId::claim).size() == 0 ||
        !parsed->quarantined.empty()) {
      state.SkipWithError("the page does not parse");
      return;
    }
    claims += parsed->rows.of(claims::TableId::claim).size();
    body = std::move(parsed->body);  // the same bytes go round
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.body.size()));
  state.counters["eobs"] =
      benchmark::Counter(static_cast<double>(claims), benchmark::Counter::kIsRate);
}

struct TapedResource {
  simdjson::padded_string raw;
  claims::JsonTape tape;
};

void hashes(benchmark::State& state, const ClaimPage& page) {
  claims::PageParser page_parser;
  const claims::ParseRequest request{queue::Resource::eob, page.patient_id, volatile_pointers};
  auto parsed = page_parser.parse(http::Body(page.body), request);
  TextArena texts;
  std::vector<TapedResource> resources;
  ondemand::parser parser;
  std::size_t nodes_left = limits::json_nodes_per_page_max;
  for (const claims::ResourceRow& row : parsed->resources) {
    TapedResource& taped =
        resources.emplace_back(TapedResource{simdjson::padded_string(row.raw), {}});
    ondemand::document document = parser.iterate(taped.raw);
    claims::JsonWalk tape_walk(taped.tape, texts, nodes_left);
    if (tape_walk.object(document.get_object().value(), 0)) {
      state.SkipWithError("a resource does not parse");
      return;
    }
  }
  std::string scratch;
  for (auto turn : state) {
    static_cast<void>(turn);
    for (const TapedResource& taped : resources) {
      benchmark::DoNotOptimize(sha256(std::string_view(taped.raw)));
      benchmark::DoNotOptimize(claims::change_hash(taped.tape, volatile_pointers, scratch));
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.body.size()));
}

// Each resource onto the tape and, where asked for, into rows: what parsing costs without hashes.
void flatten(benchmark::State& state, const ClaimPage& page, bool into_rows) {
  claims::PageParser page_parser;
  const claims::ParseRequest request{queue::Resource::eob, page.patient_id, volatile_pointers};
  auto parsed = page_parser.parse(http::Body(page.body), request);
  std::vector<simdjson::padded_string> resources;
  for (const claims::ResourceRow& row : parsed->resources) {
    resources.emplace_back(row.raw);
  }
  ondemand::parser parser;
  claims::JsonTape tape;
  for (auto turn : state) {
    static_cast<void>(turn);
    TextArena texts;
    claims::RowSet rows;
    claims::Flattener flattener(rows, texts);
    std::size_t nodes_left = limits::json_nodes_per_page_max;
    for (std::uint32_t at = 0; at < resources.size(); ++at) {
      tape.clear();
      ondemand::document document = parser.iterate(resources[at]);
      benchmark::DoNotOptimize(
          claims::JsonWalk(tape, texts, nodes_left).object(document.get_object().value(), 0));
      if (into_rows) {
        benchmark::DoNotOptimize(flattener.flatten(tape, at));
      }
    }
    benchmark::DoNotOptimize(rows.bytes());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.body.size()));
}
void onto_tape(benchmark::State& state, const ClaimPage& page) {
  flatten(state, page, false);
}
void into_rows(benchmark::State& state, const ClaimPage& page) {
  flatten(state, page, true);
}

// A rival: the page as a tree of values, and nothing made of it.
void boost_json(benchmark::State& state, const ClaimPage& page) {
  for (auto turn : state) {
    static_cast<void>(turn);
    boost::json::monotonic_resource memory;
    benchmark::DoNotOptimize(boost::json::parse(page.body, &memory));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.body.size()));
}

using Measure = void (*)(benchmark::State& state, const ClaimPage& page);

void declare(const std::string& what, Measure measure, const std::string& name,
             const ClaimPage& page) {
  benchmark::RegisterBenchmark((what + "/" + name).c_str(),
                               [measure, page](benchmark::State& state) { measure(state, page); });
}

void declare_all(const std::string& name, const ClaimPage& page) {
  declare("walk", walk_bare<ondemand::value>, name, page);
  declare("walk_in_place", walk_bare<ondemand::value&>, name, page);
  declare("tape", onto_tape, name, page);
  declare("flatten", into_rows, name, page);
  declare("parse", parse, name, page);
  declare("boost_json", boost_json, name, page);
  declare("hashes", hashes, name, page);
}

}  // namespace
}  // namespace claimferry::bench

int main(int argc, char** argv) {
  using namespace claimferry::bench;
  declare_all("generated", generated_page(50));
  if (const auto page = published_page()) {
    declare_all("published", *page);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 2;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
