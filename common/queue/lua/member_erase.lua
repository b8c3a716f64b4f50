-- member_erase: version, member, by, reason, via, seed. A service asks for a member's erasure. Answers {its id, 1 new
-- or 0 known, the member's state}. Its tokens and data key are gone at once, also where no scheduler leads.
-- Of whom there is nothing to erase a sign-in may be under way: what began before connects nobody (member_add.lua).
local LEFT_LIFE = 900000 -- ms: longer than an enrolment that began before may take
local member = ARGV[2]
local state = redis.call('HGET', member_key(member), 'state')
if not state or state == 'erased' then redis.call('SET', left_key(member), now_text, 'PX', LEFT_LIFE) end
if redis.call('EXISTS', member_key(member)) == 0 then
  return fail('NO_MEMBER', 'no such member; list them: claimferry member list')
end
local erasure, is_new = begin_erasure(member, job_id(ARGV[6], 0), { by = ARGV[3], reason = ARGV[4], via = ARGV[5] })
if is_new then destroy_keys(member, { erasure = erasure }) end
return { erasure, is_new and 1 or 0, redis.call('HGET', member_key(member), 'state') or '' }
