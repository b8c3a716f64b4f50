#include "common/claims/tables/flattener.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "common/claims/json_walk.hpp"
#include "tests/unit/common/claims/corpus_files.hpp"
#include "tests/unit/common/claims/tables/rebuild.hpp"

namespace claimferry::claims {
namespace {

// One resource, flat.
struct Flat {
  simdjson::padded_string text;
  TextArena texts;
  JsonTape tape;
  RowSet rows;
  Misfit misfit;

  std::string type() const { return std::string(JsonView(tape, 0)["resourceType"].text()); }
  std::string id() const { return std::string(JsonView(tape, 0)["id"].text()); }
  Leaves rebuilt() const { return rebuild(rows, 0, type(), id()); }
  // The value that no column holds, at the pointer.
  const LooseValue* loose(std::string_view pointer) const {
    for (const LooseValue& value : rows.loose()) {
      if (value.pointer == pointer) {
        return &value;
      }
    }
    return nullptr;
  }
  std::string cell(TableId table, std::size_t row, std::string_view column) const {
    return std::string(rows.of(table).cells(row)[claims::table(table).index_of(column)]);
  }
};

std::unique_ptr<Flat> flatten(std::string_view json) {
  auto flat = std::make_unique<Flat>();
  flat->text = simdjson::padded_string(json);
  simdjson::ondemand::parser parser;
  auto document = parser.iterate(flat->text);
  std::size_t nodes_left = limits::json_nodes_per_page_max;
  JsonWalk walk(flat->tape, flat->texts, nodes_left);
  EXPECT_EQ(walk.object(document.get_object().value(), 0), simdjson::SUCCESS) << json;
  flat->misfit = Flattener(flat->rows, flat->texts).flatten(flat->tape, 0);
  return flat;
}

std::string eob_with(std::string_view members) {
  return R"({"resourceType":"ExplanationOfBenefit","id":"e1",)" + std::string(members) + "}";
}

TEST(Flattener, GivesEachElementOfAListItsRow) {
  const auto flat = flatten(eob_with(R"("item":[{"sequence":1,"adjudication":[
      {"category":{"coding":[{"code":"submitted"}]},"amount":{"value":1.50,"currency":"USD"}},
      {"category":{"coding":[{"code":"copay"}]},"amount":{"value":0.10}}]},
      {"sequence":2,"detail":[{"sequence":7,"quantity":{"value":3}}]}])"));
  ASSERT_EQ(flat->rows.of(TableId::claim_line).size(), 3U);
  EXPECT_EQ(flat->rows.of(TableId::claim_line).head(2).pointer, "/item/1/detail/0");
  EXPECT_EQ(flat->cell(TableId::claim_line, 2, "path"), "item.detail");
  EXPECT_EQ(flat->cell(TableId::claim_line, 2, "line_sequence"), "7");
  EXPECT_EQ(flat->cell(TableId::claim_line, 2, "quantity"), "3");
  ASSERT_EQ(flat->rows.of(TableId::claim_line_adjudication).size(), 2U);
  EXPECT_EQ(flat->rows.of(TableId::claim_line_adjudication).head(1).pointer,
            "/item/0/adjudication/1");
  EXPECT_EQ(flat->cell(TableId::claim_line_adjudication, 0, "amount"), "1.50");
  EXPECT_EQ(flat->cell(TableId::claim_line_adjudication, 1, "line_sequence"), "1");
  EXPECT_TRUE(flat->rows.loose().empty());
  EXPECT_EQ(flat->rebuilt(), leaves_of(flat->tape));
}

TEST(Flattener, KeepsWhatNoColumnHoldsWithItsPointer) {
  const auto flat = flatten(eob_with(R"("a/b~c":{"d":[1,{"e":null}]},"status":true,
      "type":{"coding":[{"code":"x"},{"code":"y","version":"2"}]},"empty":{},"none":[])"));
  const std::tuple<std::string_view, std::string_view, std::string_view> expected[] = {
      {"/a~1b~0c/d/0", "number", "1"},
      {"/a~1b~0c/d/1/e", "null", "null"},
      {"/status", "boolean", "true"},
      {"/type/coding/1/code", "string", "y"},
      {"/type/coding/1/version", "string", "2"},
      {"/empty", "object", "{}"},
      {"/none", "array", "[]"}};
  ASSERT_EQ(flat->rows.loose().size(), std::size(expected));
  for (std::size_t at = 0; at < std::size(expected); ++at) {
    const LooseValue& value = flat->rows.loose()[at];
    EXPECT_EQ(std::tuple(value.pointer, value.type, value.value), expected[at]);
  }
  EXPECT_EQ(flat->cell(TableId::claim, 0, "type_code"), "x");
  EXPECT_EQ(flat->rows.of(TableId::claim).cells(0)[table(TableId::claim).index_of("status")].data(),
            nullptr);
  EXPECT_EQ(flat->rebuilt(), leaves_of(flat->tape));
}

TEST(Flattener, TellsOfAnExtensionsUrlBesideItsValues) {
  const auto flat = flatten(eob_with(R"("extension":[
      {"url":"http://one","valueCoding":{"code":"a","display":"b"}},
      {"url":"http://outer","extension":[{"url":"inner","valueString":"c"}]}],
      "item":[{"modifierExtension":[{"url":"http://two","valueBoolean":false}]}])"));
  EXPECT_EQ(flat->loose("/extension/0/url"), nullptr);
  EXPECT_EQ(flat->loose("/extension/0/valueCoding/code")->url, "http://one");
  EXPECT_EQ(flat->loose("/extension/1/url")->url, "http://outer");
  EXPECT_EQ(flat->loose("/extension/1/extension/0/valueString")->url, "inner");
  EXPECT_EQ(flat->loose("/item/0/modifierExtension/0/valueBoolean")->url, "http://two");
  EXPECT_EQ(flat->rebuilt(), leaves_of(flat->tape));
}

TEST(Flattener, HoldsAValueOfAnotherTypeInBothPlaces) {
  const auto flat = flatten(eob_with(
      R"("payment":{"amount":{"value":"12.50"}},"item":[{"sequence":"3"},{"sequence":1.0}],
         "disposition":7)"));
  EXPECT_EQ(flat->cell(TableId::claim, 0, "payment_amount"), "12.50");
  EXPECT_EQ(flat->loose("/payment/amount/value")->type, "string");
  EXPECT_EQ(flat->cell(TableId::claim_line, 0, "line_sequence"), "3");
  EXPECT_EQ(flat->cell(TableId::claim_line, 1, "line_sequence"), "");
  EXPECT_EQ(flat->loose("/item/1/sequence")->value, "1.0");
  EXPECT_EQ(flat->cell(TableId::claim, 0, "disposition"), "7");
  EXPECT_EQ(flat->rebuilt(), leaves_of(flat->tape));
}

TEST(Flattener, KeepsANameThatStandsTwice) {
  const auto flat = flatten(eob_with(R"("status":"active","status":"cancelled","id":"other")"));
  EXPECT_EQ(flat->cell(TableId::claim, 0, "status"), "active");
  EXPECT_EQ(flat->loose("/status")->value, "cancelled");
  EXPECT_EQ(flatten(eob_with(R"("extension":[{"url":"a","url":"b","valueCode":"c"}])"))
                ->loose("/extension/0/url")
                ->value,
            "b");
  EXPECT_EQ(flat->loose("/id")->value, "other");
  EXPECT_EQ(flat->rebuilt(), leaves_of(flat->tape));
}

TEST(Flattener, WritesListsAsJson) {
  const auto flat = flatten(eob_with(
      R"("item":[{"diagnosisSequence":[1,2],"noteNumber":[1,null]},{"careTeamSequence":["a\"b",2]}],
         "preAuthRef":["\u0001x"])"));
  EXPECT_EQ(flat->cell(TableId::claim_line, 0, "diagnosis_sequences"), "[1,2]");
  EXPECT_EQ(flat->cell(TableId::claim_line, 0, "note_numbers"), "");
  EXPECT_EQ(flat->loose("/item/0/noteNumber/1")->type, "null");
  EXPECT_EQ(flat->cell(TableId::claim_line, 1, "care_team_sequences"), R"(["a\"b",2])");
  EXPECT_EQ(flat->cell(TableId::claim, 0, "preauth_numbers"), R"(["\u0001x"])");
  EXPECT_EQ(flat->rebuilt(), leaves_of(flat->tape));
}

TEST(Flattener, GivesContainedProvidersRowsAndKeepsAllElseTheyContain) {
  const auto flat = flatten(eob_with(R"("contained":[
      {"resourceType":"Practitioner","id":"p","name":[{"family":"Lopez","given":["Ana","B."]}],
       "identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}]},
      {"resourceType":"Medication","id":"m","code":{"text":"pill"}}],
      "provider":{"reference":"#p"})"));
  ASSERT_EQ(flat->rows.of(TableId::provider).size(), 1U);
  EXPECT_EQ(flat->cell(TableId::provider, 0, "name"), "Ana B. Lopez");
  EXPECT_EQ(flat->cell(TableId::provider, 0, "npi"), "1234567893");
  EXPECT_EQ(flat->cell(TableId::claim, 0, "provider_npi"), "1234567893");
  EXPECT_EQ(flat->rows.of(TableId::identifier).head(0).pointer, "/contained/0/identifier/0");
  EXPECT_EQ(flat->loose("/contained/1/code/text")->value, "pill");
  EXPECT_EQ(flat->rebuilt(), leaves_of(flat->tape));
}

TEST(Flattener, LeavesNothingOfAMisfit) {
  const auto flat = flatten(eob_with(R"("odd":1,"item":[{"net":{"value":"n/a"}}])"));
  EXPECT_EQ(flat->misfit, "/item/0/net");
  EXPECT_EQ(flat->rows.of(TableId::claim).size(), 0U);
  EXPECT_TRUE(flat->rows.loose().empty());
}

// FHIR STU3 (Blue Button 1): money with `code`, one insurance as an object, several subtypes,
// `information` for what R4 calls supportingInfo, line items that link by id.
TEST(Flattener, TakesAClaimInTheShapeOfStu3AsFarAsItAgreesAndKeepsTheRest) {
  const auto flat = flatten(R"({"resourceType":"ExplanationOfBenefit","id":"stu3",
    "status":"active","patient":{"reference":"Patient/p1"},
    "type":{"coding":[{"system":"http://hl7.org/fhir/ex-claimtype","code":"pharmacy"}]},
    "subType":[{"coding":[{"code":"emergency"}]}],
    "billablePeriod":{"start":"2017-01-02"},
    "organization":{"reference":"Organization/o"},
    "insurance":{"coverage":{"reference":"Coverage/c"}},
    "information":[{"sequence":1,"category":{"coding":[{"code":"info"}]},"valueString":"seven"}],
    "careTeam":[{"sequence":1,"responsible":true}],
    "item":[{"sequence":1,"careTeamLinkId":[1],"service":{"coding":[{"code":"0-123"}]},
      "adjudication":[{"category":{"coding":[{"code":"paid"}]},
        "amount":{"value":12.30,"system":"urn:iso:std:iso:4217","code":"USD"}}]}],
    "totalCost":{"value":99.10,"code":"USD"},
    "payment":{"amount":{"value":12.30,"code":"USD"}}})");
  ASSERT_FALSE(flat->misfit) << *flat->misfit;
  EXPECT_EQ(flat->cell(TableId::claim, 0, "status"), "active");
  EXPECT_EQ(flat->rows.of(TableId::claim_line).size(), 1U);
  EXPECT_EQ(flat->cell(TableId::claim_line_adjudication, 0, "amount"), "12.30");
  for (const char* pointer : {"/totalCost/value", "/information/0/valueString",
                              "/item/0/careTeamLinkId/0", "/insurance/coverage/reference"}) {
    EXPECT_NE(flat->loose(pointer), nullptr) << pointer;
  }
  EXPECT_EQ(flat->rebuilt(), leaves_of(flat->tape));
}

TEST(Flattener, LosesNoValueOfTheCorpus) {
  const auto root = corpus();
  if (!root) {
    GTEST_SKIP() << "no corpus: set CLAIMFERRY_CORPUS to a folder of FHIR JSON";
  }
  std::size_t values = 0;
  std::size_t loose = 0;
  for (const CorpusResource& resource :
       read_resources(*root, {"ExplanationOfBenefit", "Coverage", "Patient"})) {
    const auto flat = flatten(resource.raw);
    ASSERT_FALSE(flat->misfit) << resource.file << *flat->misfit;
    const Leaves all = leaves_of(flat->tape);
    EXPECT_EQ(flat->rebuilt(), all) << resource.file;
    values += all.size();
    loose += flat->rows.loose().size();
  }
  EXPECT_GT(values, 10'000U);
  std::printf("%zu values, %zu of them in no column of their own\n", values, loose);
}

}  // namespace
}  // namespace claimferry::claims
