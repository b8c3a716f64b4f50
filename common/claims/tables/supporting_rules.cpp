#include "common/claims/tables/supporting_rules.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "common/claims/concepts.hpp"
#include "common/claims/tables/column_value.hpp"
#include "common/claims/tables/derived_cells.hpp"

namespace claimferry::claims {
namespace {

enum class Says : std::uint8_t { code, date, period, text, quantity, reference };

// The categories of CARIN's C4BBSupportingInfoType that name a column, and what each holds. Of two
// columns the second is the period's end, or the code's system.
struct Category {
  std::string_view code;
  Says says;
  Named column;
  std::optional<Named> second;
};

Named in_claim(std::string_view name) {
  return {TableId::claim, name};
}

const auto& categories() {
  static const std::array all{
      Category{"admissionperiod", Says::period, in_claim("admission_start"),
               in_claim("admission_end")},
      Category{"clmrecvddate", Says::date, in_claim("received_date"), {}},
      Category{"typeofbill", Says::code, in_claim("bill_type"), {}},
      Category{"pointoforigin", Says::code, in_claim("point_of_origin"), {}},
      Category{"admtype", Says::code, in_claim("admission_type"), {}},
      Category{"discharge-status", Says::code, in_claim("discharge_status"), {}},
      Category{"drg", Says::code, in_claim("drg_code"), in_claim("drg_system")},
      Category{"medicalrecordnumber", Says::text, in_claim("medical_record_number"), {}},
      Category{"patientaccountnumber", Says::text, in_claim("patient_account_number"), {}},
      Category{"servicefacility", Says::reference, in_claim("service_facility_ref"), {}},
      Category{"dayssupply", Says::quantity, in_claim("days_supply"), {}},
      Category{"dawcode", Says::code, in_claim("dispensed_as_written"), {}},
      Category{"refillnum", Says::quantity, in_claim("refill_number"), {}},
      Category{"refillsauthorized", Says::quantity, in_claim("refills_authorized"), {}},
      Category{"brandgenericindicator", Says::code, in_claim("brand_generic"), {}},
      Category{"brandgenericcode", Says::code, in_claim("brand_generic"), {}},
      Category{"rxorigincode", Says::code, in_claim("prescription_origin"), {}},
      Category{"compoundcode", Says::code, in_claim("compound_code"), {}},
  };
  return all;
}

const Category* category_named(std::string_view code) {
  for (const Category& category : categories()) {
    if (category.code.size() == code.size() && category.code == code) {
      return &category;
    }
  }
  return nullptr;
}

std::string_view quantity_of(JsonView info) {
  const JsonView value = info["valueQuantity"]["value"];
  return fit_of(ColumnKind::decimal, value) == Fit::none ? std::string_view() : value.scalar();
}

std::string_view date_of(JsonView info) {
  const std::string_view date = info["timingDate"].text();
  return date.empty() ? info["timingPeriod"]["start"].text() : date;
}

void put(const Category& category, JsonView info, std::span<Cell> cells) {
  switch (category.says) {
    case Says::code:
      category.column.put(cells, concept_code(info["code"]));
      if (category.second) {
        category.second->put(cells, info["code"]["coding"].first()["system"].text());
      }
      break;
    case Says::date:
      category.column.put(cells, date_of(info));
      break;
    case Says::period: {
      const std::string_view end = info["timingPeriod"]["end"].text();
      category.column.put(cells, date_of(info));
      category.second->put(cells, is_open_end(end) ? "" : end);
      break;
    }
    case Says::text:
      category.column.put(cells, info["valueString"].text());
      break;
    case Says::quantity:
      category.column.put(cells, quantity_of(info));
      break;
    case Says::reference:
      category.column.put(cells, info["valueReference"]["reference"].text());
      break;
  }
}

}  // namespace

void put_supporting(JsonView eob, std::span<Cell> cells) {
  eob["supportingInfo"].each([&cells](JsonView info) {
    const Category* found = nullptr;
    info["category"]["coding"].any([&found](JsonView coding) {
      found = category_named(coding["code"].text());
      return found != nullptr;
    });
    if (found != nullptr && found->column.get(cells).data() == nullptr) {
      put(*found, info, cells);
    }
  });
}

}  // namespace claimferry::claims
