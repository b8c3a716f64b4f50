#include "common/base/form.hpp"

#include <gtest/gtest.h>

namespace claimferry {
namespace {

TEST(Form, FindsWhatStandsThereOnce) {
  const auto form = Form::parse("code=a%2Fb+c&&state=x%3D&empty=&bare&code2=1");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->find("code"), "a/b c");
  EXPECT_EQ(form->find("state"), "x=");
  EXPECT_EQ(form->find("empty"), "");
  EXPECT_EQ(form->find("bare"), "");
  EXPECT_EQ(form->find("other"), std::nullopt);
}

TEST(Form, WhatComesTwiceIsNotFoundAndSaidToRepeat) {
  const auto form = Form::parse("code=1&state=2&c%6Fde=3");
  ASSERT_TRUE(form);
  EXPECT_TRUE(form->repeats("code"));
  EXPECT_EQ(form->find("code"), std::nullopt);
  EXPECT_FALSE(form->repeats("state"));
}

TEST(Form, RefusesWhatCannotBeDecodedAndWhatIsTooMuch) {
  for (const char* text : {"a=%", "a=%2", "a=%zz", "%=1"}) {
    EXPECT_FALSE(Form::parse(text)) << text;
  }
  std::string many;
  for (int number = 0; number < 64; ++number) {
    many += "a&";
  }
  EXPECT_TRUE(Form::parse(many));
  EXPECT_FALSE(Form::parse(many + "a"));
}

}  // namespace
}  // namespace claimferry
