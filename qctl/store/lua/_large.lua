-- Verbs that are told many jobs, and of large ones answer for fewer, so that they do not hold the server up: who asks asks
-- once more for the others.

local answer_those_that_fit
do
  local AT_ONCE = 4194304  -- bytes of the bodies of jobs that live, and of all that is kept of those that have ended

  local function size_of(id)
    local size = redis.pcall('HSTRLEN', job_key(id), 'b')
    if type(size) ~= 'number' then size = redis.pcall('STRLEN', job_key(id)) end
    return type(size) == 'number' and size or 0
  end

  -- Call `answer(id)` for each of the jobs that come next in the arguments, for the first one at least.
  function answer_those_that_fit(answer)
    local bytes = 0
    for _ = 1, number() do
      if bytes >= AT_ONCE then return end
      local id = word()
      bytes = bytes + size_of(id)
      answer(id)
    end
  end
end
