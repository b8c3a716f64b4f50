-- token_renewed: version, job, member, fence, the tokens' version, the id of the key that sealed, the refresh token's
-- life in ms where the payer named one, ms since the refresh left, 1 where a successor's late retry was refused
-- meanwhile. Tokens are durable in the database of record; what token_store.lua does beside storing them.
token_served(ARGV[3], ARGV[2], ARGV[4], { version = ARGV[5], key = ARGV[6], life = ARGV[7],
  left_at = now - number_or_zero(ARGV[8]), outlived = ARGV[9] == '1' })
return 1
