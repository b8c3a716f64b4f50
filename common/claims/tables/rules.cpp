#include "common/claims/tables/rules.hpp"

#include "common/claims/concepts.hpp"
#include "common/claims/tables/claim_rules.hpp"
#include "common/claims/tables/column_value.hpp"
#include "common/claims/tables/derived_cells.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view us_core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-";

JsonView extension_of(JsonView element, std::string_view url) {
  JsonView found;
  element["extension"].any([&](JsonView extension) {
    const bool is_it = extension["url"].text() == url;
    found = is_it ? extension : JsonView();
    return is_it;
  });
  return found;
}

JsonView us_core_extension(JsonView element, std::string_view name) {
  return extension_of(element, std::string(us_core) + std::string(name));
}

void derive_diagnosis(const RuleContext& context, std::span<Cell> cells) {
  static const Named type_codes(TableId::claim_diagnosis, "type_codes");
  std::string codes;
  context.element["type"].each([&codes](JsonView type) {
    const std::string_view code = concept_code(type);
    if (!code.empty()) {
      codes += codes.empty() ? "[" : ",";
      codes += quoted(code);
    }
  });
  type_codes.put(cells, codes.empty() ? "" : context.texts.add(codes + "]"));
}

void derive_care_team(const RuleContext& context, std::span<Cell> cells) {
  static const Named npi(TableId::claim_care_team, "provider_npi");
  static const Named name(TableId::claim_care_team, "provider_name");
  const JsonView provider = context.element["provider"];
  npi.put(cells, npi_of_reference(context.resource, provider));
  std::string scratch;
  const std::string_view display = provider["display"].text();
  name.put(cells, display.empty() ? context.texts.add(
                                        name_of(contained_by(context.resource, provider), scratch))
                                  : display);
}

void derive_coverage(const RuleContext& context, std::span<Cell> cells) {
  static const Named member(TableId::coverage, "member_identifier");
  static const Named group_id(TableId::coverage, "group_id");
  static const Named group_name(TableId::coverage, "group_name");
  static const Named plan_id(TableId::coverage, "plan_id");
  static const Named plan_name(TableId::coverage, "plan_name");
  member.put(cells, identifier_of_type(context.resource["identifier"], "MB"));
  const auto of_class = [&](std::string_view type, const Named& id, const Named& name) {
    context.resource["class"].any([&](JsonView one) {
      const bool is_it = concept_has(one["type"], type);
      if (is_it) {
        id.put(cells, one["value"].scalar());
        name.put(cells, one["name"].text());
      }
      return is_it;
    });
  };
  of_class("group", group_id, group_name);
  of_class("plan", plan_id, plan_name);
}

void derive_member(const RuleContext& context, std::span<Cell> cells) {
  static const Named identifier(TableId::member, "member_identifier");
  static const Named unique_id(TableId::member, "unique_member_id");
  static const Named absent(TableId::member, "birth_date_absent_reason");
  static const Named race_code(TableId::member, "race_code");
  static const Named race_text(TableId::member, "race_text");
  static const Named ethnicity_code(TableId::member, "ethnicity_code");
  static const Named ethnicity_text(TableId::member, "ethnicity_text");
  static const Named birth_sex(TableId::member, "birth_sex");
  const JsonView patient = context.resource;
  identifier.put(cells, identifier_of_type(patient["identifier"], "MB"));
  unique_id.put(cells, identifier_of_type(patient["identifier"], "um"));
  absent.put(cells,
             extension_of(patient["_birthDate"],
                          "http://hl7.org/fhir/StructureDefinition/data-absent-reason")["valueCode"]
                 .text());
  const JsonView race = us_core_extension(patient, "race");
  race_code.put(cells, extension_of(race, "ombCategory")["valueCoding"]["code"].text());
  race_text.put(cells, extension_of(race, "text")["valueString"].text());
  const JsonView ethnicity = us_core_extension(patient, "ethnicity");
  ethnicity_code.put(cells, extension_of(ethnicity, "ombCategory")["valueCoding"]["code"].text());
  ethnicity_text.put(cells, extension_of(ethnicity, "text")["valueString"].text());
  birth_sex.put(cells, us_core_extension(patient, "birthsex")["valueCode"].text());
}

void derive_provider(const RuleContext& context, std::span<Cell> cells) {
  static const Named npi(TableId::provider, "npi");
  static const Named tax_id(TableId::provider, "tax_id");
  static const Named name(TableId::provider, "name");
  npi.put(cells, npi_of(context.element["identifier"]));
  tax_id.put(cells, tax_id_of(context.element["identifier"]));
  std::string scratch;
  name.put(cells, context.texts.add(name_of(context.element, scratch)));
}

}  // namespace

Misfit derive(TableId table, const RuleContext& context, std::span<Cell> cells) {
  switch (table) {
    case TableId::claim:
      return derive_claim(context, cells);
    case TableId::claim_line:
      return derive_line(context, cells);
    case TableId::claim_header_adjudication:
    case TableId::claim_line_adjudication:
      derive_adjudication(table, context, cells);
      break;
    case TableId::claim_diagnosis:
      derive_diagnosis(context, cells);
      break;
    case TableId::claim_care_team:
      derive_care_team(context, cells);
      break;
    case TableId::coverage:
      derive_coverage(context, cells);
      break;
    case TableId::member:
      derive_member(context, cells);
      break;
    case TableId::provider:
      derive_provider(context, cells);
      break;
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace claimferry::claims
