# fish completion for qctl. Made from qctl's table of commands: edit that, not this.

# The command that a word is below another; false: it is none.
function __qctl_verb
    set -l path (string trim -- "$argv[1] $argv[2]")
    switch $path
        case 'run' 'chain' 'group' 'chord' 'wait' 'progress' 'ps' 'show' 'logs' 'history' 'cancel' 'retry' 'up' 'down' 'status' 'worker' 'worker list' 'worker show' 'worker ping' 'worker drain' 'worker resume' 'worker stop' 'queue' 'queue list' 'queue show' 'queue pause' 'queue resume' 'queue purge' 'init' 'check' 'task' 'task list' 'task show' 'help' 'top' 'stats' 'events' 'errors' 'rm' 'doctor' 'schedule' 'schedule next' 'schedule list' 'schedule history' 'schedule missed' 'schedule run-now' 'schedule enable' 'schedule disable' 'schedule add' 'schedule rm' 'schedule edit' 'beat' 'notify' 'notify list' 'notify test' 'pause' 'resume' 'install' 'install systemd' 'uninstall' 'uninstall systemd' 'import' 'import crontab' 'export' 'export crontab' 'export systemd' 'schema' 'config' 'config get' 'config path' 'env' 'completion' 'help run' 'help chain' 'help group' 'help chord' 'help wait' 'help progress' 'help ps' 'help show' 'help logs' 'help history' 'help cancel' 'help retry' 'help up' 'help down' 'help status' 'help worker' 'help worker list' 'help worker show' 'help worker ping' 'help worker drain' 'help worker resume' 'help worker stop' 'help queue' 'help queue list' 'help queue show' 'help queue pause' 'help queue resume' 'help queue purge' 'help init' 'help check' 'help task' 'help task list' 'help task show' 'help top' 'help stats' 'help events' 'help errors' 'help rm' 'help doctor' 'help schedule' 'help schedule next' 'help schedule list' 'help schedule history' 'help schedule missed' 'help schedule run-now' 'help schedule enable' 'help schedule disable' 'help schedule add' 'help schedule rm' 'help schedule edit' 'help beat' 'help notify' 'help notify list' 'help notify test' 'help pause' 'help resume' 'help install' 'help install systemd' 'help uninstall' 'help uninstall systemd' 'help import' 'help import crontab' 'help export' 'help export crontab' 'help export systemd' 'help schema' 'help config' 'help config get' 'help config path' 'help env' 'help completion' 'help exit-codes' 'help environment' 'help query' 'help pipelines' 'help dates' 'help cron' 'help celery' 'help Q001' 'help Q002' 'help Q003' 'help Q004' 'help Q005' 'help Q010' 'help Q011' 'help Q012' 'help Q013' 'help Q014' 'help Q015' 'help Q016' 'help Q017' 'help Q018' 'help Q019' 'help Q020' 'help Q021' 'help Q022' 'help Q023' 'help Q024' 'help Q025' 'help Q026' 'help Q027' 'help Q028' 'help Q029' 'help Q031' 'help Q032' 'help Q033' 'help Q034' 'help Q035' 'help Q036' 'help Q037' 'help Q038' 'help Q039' 'help Q040' 'help Q041' 'help Q042' 'help Q043' 'help Q044' 'help Q045' 'help Q046' 'help Q047' 'help Q048' 'help Q049' 'help Q050' 'help Q051' 'help Q069' 'help Q070' 'help Q075' 'help Q076' 'help Q077' 'help Q078' 'help Q125'
            echo $path
        case 'enqueue'
            echo 'run'
        case 'pipe'
            echo 'run'
        case 'pipeline'
            echo 'run'
        case 'call'
            echo 'run'
        case 'start'
            echo 'run'
        case 'add'
            echo 'run'
        case 'exec'
            echo 'run'
        case 'list'
            echo 'ps'
        case 'ls'
            echo 'ps'
        case 'describe'
            echo 'show'
        case 'inspect'
            echo 'show'
        case 'info'
            echo 'show'
        case 'follow'
            echo 'logs'
        case 'tail'
            echo 'logs'
        case 'revoke'
            echo 'cancel'
        case 'stop'
            echo 'cancel'
        case 'kill'
            echo 'cancel'
        case 'requeue'
            echo 'retry'
        case 'restart'
            echo 'retry'
        case 'rerun'
            echo 'retry'
        case 'result'
            echo 'show'
        case 'log'
            echo 'logs'
        case 'ping'
            echo 'worker ping'
        case 'purge'
            echo 'queue purge'
        case 'empty'
            echo 'queue purge'
        case 'unpause'
            echo 'resume'
        case 'report'
            echo 'doctor'
        case 'queues'
            echo 'queue list'
        case 'workers'
            echo 'worker list'
        case 'tasks'
            echo 'task list'
        case 'lint'
            echo 'check'
        case 'validate'
            echo 'check'
        case 'scheduler'
            echo 'beat'
        case 'timers'
            echo 'schedule list'
        case 'cron'
            echo 'schedule list'
        case 'trigger'
            echo 'schedule run-now'
        case 'next'
            echo 'schedule next'
        case 'timeline'
            echo 'events'
        case 'journal'
            echo 'logs'
        case 'list-timers'
            echo 'schedule list'
        case 'atq'
            echo 'ps'
        case 'atrm'
            echo 'cancel'
        case 'run-parts'
            echo 'run'
        case '*'
            return 1
    end
end

# Whether an option of a command takes a value.
function __qctl_takes
    switch $argv[1]
        case '* --file' '* --dir' '* -C' '* --redis' '* --namespace' '* --redis-timeout' '* --output' '* -o' '* --color' 'run --timeout' 'run --schedule' 'run --queue' 'run -Q' 'run --priority' 'run -p' 'run --in' 'run --countdown' 'run --at' 'run --eta' 'run --after' 'run --expires' 'run --retries' 'run --key' 'run --if-exists' 'run --host' 'run --env' 'run --label' 'run --input' 'run --each' 'run --policy' 'run --sh' 'chain --timeout' 'chain --queue' 'chain -Q' 'chain --priority' 'chain -p' 'chain --in' 'chain --countdown' 'chain --at' 'chain --eta' 'chain --after' 'chain --expires' 'chain --retries' 'chain --key' 'chain --if-exists' 'chain --host' 'chain --env' 'chain --label' 'chain --input' 'chain --policy' 'group --each' 'group --policy' 'group --max-parallel' 'group --max-fail' 'group --timeout' 'group --queue' 'group -Q' 'group --priority' 'group -p' 'group --in' 'group --countdown' 'group --at' 'group --eta' 'group --after' 'group --expires' 'group --retries' 'group --key' 'group --if-exists' 'group --host' 'group --env' 'group --label' 'group --input' 'chord --then' 'chord --each' 'chord --policy' 'chord --max-parallel' 'chord --max-fail' 'chord --timeout' 'chord --queue' 'chord -Q' 'chord --priority' 'chord -p' 'chord --in' 'chord --countdown' 'chord --at' 'chord --eta' 'chord --after' 'chord --expires' 'chord --retries' 'chord --key' 'chord --if-exists' 'chord --host' 'chord --env' 'chord --label' 'chord --input' 'wait --for' 'wait --timeout' 'ps --state' 'ps --queue' 'ps -Q' 'ps --task' 'ps --limit' 'ps -n' 'logs --lines' 'logs -n' 'logs --attempt' 'history --task' 'history --state' 'history --since' 'history --until' 'history --limit' 'history -n' 'history --before' 'cancel --query' 'cancel --signal' 'cancel --grace' 'cancel --reason' 'retry --query' 'retry --since' 'up --queue' 'up -Q' 'up --concurrency' 'up -c' 'up --name' 'up --log-level' 'up -l' 'down --timeout' 'worker --queue' 'worker -Q' 'worker --concurrency' 'worker -c' 'worker --autoscale' 'worker --name' 'worker --log-level' 'worker -l' 'worker --drain-timeout' 'worker --max-jobs-per-child' 'worker --max-memory-per-child' 'worker ping --timeout' 'queue pause --for' 'queue pause --reason' 'queue purge --older-than' 'queue purge --backup' 'check --output' 'check -o' 'task list --tag' 'top --query' 'top --interval' 'top -d' 'stats --since' 'stats --by' 'stats --read' 'events --since' 'events --type' 'events --limit' 'events -n' 'errors --since' 'errors --read' 'rm --query' 'schedule next --limit' 'schedule next -n' 'schedule next --from' 'schedule next --until' 'schedule next --timezone' 'schedule history --since' 'schedule history --limit' 'schedule history -n' 'schedule missed --since' 'schedule run-now --timeout' 'schedule disable --for' 'schedule disable --reason' 'schedule add --at' 'schedule add --timezone' 'schedule add --overlap' 'schedule add --catchup' 'schedule add --deadline' 'schedule add --jitter' 'schedule add --blackout' 'schedule add --with' 'schedule add --name' 'schedule edit --set' 'beat --name' 'beat --log-level' 'beat -l' 'beat --catchup-spread' 'notify test --timeout' 'pause --for' 'pause --reason' 'install systemd --root' 'uninstall systemd --root' 'import crontab --user' 'import crontab --root' 'export systemd --to'
        case '*'
            return 1
    end
end

# Whether another program's command follows the -- of the command before the cursor.
function __qctl_takes_command
    contains -- "$__qctl_path" run group chord
end

# Reads the words before the cursor, once for all conditions: the command, how many arguments it has and the first one,
# and the options that stand there with all they take.
function __qctl_read
    set -l tokens (commandline -opc)
    set -l line (string join -- \x1f $tokens)
    test "$line" = "$__qctl_line"; and return
    set -g __qctl_line "$line"
    set -g __qctl_path ''
    set -g __qctl_first ''
    set -g __qctl_places 0
    set -g __qctl_dashes 0
    set -g __qctl_given
    set -l skip 0
    for at in (seq 2 (count $tokens))
        set -l token $tokens[$at]
        if test $skip = 1
            set skip 0
            set -a __qctl_given $tokens[(math $at - 1)]
        else if string match -q -- '-?*' $token; and test $__qctl_dashes = 0
            if test "$token" = --
                set -g __qctl_dashes $at
                __qctl_takes_command; and return
            else if not string match -q -- '--*=*' $token; and __qctl_takes "$__qctl_path $token"
                set skip 1
            else
                set -a __qctl_given (string replace -r -- '^(--[^=]*)=.*' '$1' $token)
            end
        else if test $__qctl_places = 0; and set -l verb (__qctl_verb "$__qctl_path" $token)
            set -g __qctl_path $verb
        else
            test $__qctl_places = 0; and set -g __qctl_first $token
            set -g __qctl_places (math $__qctl_places + 1)
        end
    end
end

# Whether the command before the cursor is this one: with no argument yet, with options still and none of these names
# among them, or at an argument.
function __qctl_words_of
    __qctl_read
    test "$__qctl_path" = "$argv[1]" -a $__qctl_places = 0; and not __qctl_at_command
end

function __qctl_options_of
    __qctl_read
    test "$__qctl_path" = "$argv[1]" -a $__qctl_dashes = 0; and not __qctl_has $argv[2..-1]
end

function __qctl_has
    for name in $argv
        contains -- $name $__qctl_given; and return
    end
    return 1
end

function __qctl_argument_of
    __qctl_read
    test "$__qctl_path" = "$argv[1]" -a $__qctl_places $argv[2] $argv[3]; and not __qctl_at_command
end

function __qctl_at_command
    __qctl_read
    test $__qctl_dashes -gt 0; and __qctl_takes_command
end

# What another program takes, whose command follows `--`.
function __qctl_command
    set -l tokens (commandline -opc)
    set -e tokens[1..$__qctl_dashes]
    complete -C (string join ' ' -- (string escape -- $tokens) (commandline -ct))
end

# What `qctl __complete` tells of a kind.
function __qctl_ask
    __qctl_read
    set -l tokens (commandline -opc)
    set -l program $tokens[1]
    command -sq -- $program; or set program qctl
    set -l kind $argv[1]
    test $kind = params; and set kind "params $__qctl_first"
    set -l typed (commandline -ct | string replace -r '^--[a-z-]+=' '' | string replace -ra '[\'"\\\\]' '')
    set -l rows (command $program __complete $kind "$typed" $tokens[2..-1] 2>/dev/null </dev/null)
    if test (count $rows) -gt 0
        string join -- \n $rows
    else if string match -q -- 'params *' $kind; and string match -q -- '*=*' "$typed"
        set -l parts (string split -m 1 = -- $typed)
        set -l begin $parts[1]=(string match -r -- '^@?' "$parts[2]")
        for path in (complete -C "cat "(string replace -r -- '^@' '' "$parts[2]"))
            echo -- $begin$path
        end
    end
end

complete -c qctl -f

complete -c qctl -n '__qctl_words_of \'\'' -a 'run' -d 'run a task, or a command after --, now or later'
complete -c qctl -n '__qctl_words_of \'\'' -a 'chain' -d 'tasks one after the other, each with the value before it'
complete -c qctl -n '__qctl_words_of \'\'' -a 'group' -d 'tasks side by side; --each for one a line'
complete -c qctl -n '__qctl_words_of \'\'' -a 'chord' -d 'tasks side by side, then one with their values'
complete -c qctl -n '__qctl_words_of \'\'' -a 'wait' -d 'wait for jobs and exit as they did'
complete -c qctl -n '__qctl_words_of \'\'' -a 'progress' -d 'inside a job: say how far it is'
complete -c qctl -n '__qctl_words_of \'\'' -a 'ps' -d 'jobs that wait or run'
complete -c qctl -n '__qctl_words_of \'\'' -a 'show' -d 'all about a job'
complete -c qctl -n '__qctl_words_of \'\'' -a 'logs' -d 'a job\'s output, -f to follow it'
complete -c qctl -n '__qctl_words_of \'\'' -a 'history' -d 'jobs that have ended'
complete -c qctl -n '__qctl_words_of \'\'' -a 'cancel' -d 'cancel jobs, queued or running'
complete -c qctl -n '__qctl_words_of \'\'' -a 'retry' -d 'run ended jobs again'
complete -c qctl -n '__qctl_words_of \'\'' -a 'up' -d 'server and worker in one, -d in the background'
complete -c qctl -n '__qctl_words_of \'\'' -a 'down' -d 'stop what `up -d` started'
complete -c qctl -n '__qctl_words_of \'\'' -a 'status' -d 'is it healthy? for people and monitors'
complete -c qctl -n '__qctl_words_of \'\'' -a 'worker' -d 'start a worker; list, show, ping, drain, resume, stop'
complete -c qctl -n '__qctl_words_of \'\'' -a 'queue' -d 'queues: list, show, pause, resume, purge'
complete -c qctl -n '__qctl_words_of \'\'' -a 'init' -d 'write a first tasks.toml'
complete -c qctl -n '__qctl_words_of \'\'' -a 'check' -d 'check tasks.toml'
complete -c qctl -n '__qctl_words_of \'\'' -a 'task' -d 'the tasks there are'
complete -c qctl -n '__qctl_words_of \'\'' -a 'help' -d 'a topic, a command, or the code of an error'
complete -c qctl -n '__qctl_words_of \'\'' -a 'top' -d 'all of it live, to look into and act on with keys'
complete -c qctl -n '__qctl_words_of \'\'' -a 'stats' -d 'counts, rates and times'
complete -c qctl -n '__qctl_words_of \'\'' -a 'events' -d 'what happens, as a stream'
complete -c qctl -n '__qctl_words_of \'\'' -a 'errors' -d 'failures grouped by error'
complete -c qctl -n '__qctl_words_of \'\'' -a 'rm' -d 'remove ended jobs'
complete -c qctl -n '__qctl_words_of \'\'' -a 'doctor' -d 'what is wrong, and the command that helps'
complete -c qctl -n '__qctl_words_of \'\'' -a 'schedule' -d 'schedules: list, next, add, run-now, enable, disable'
complete -c qctl -n '__qctl_words_of \'\'' -a 'beat' -d 'fire schedules'
complete -c qctl -n '__qctl_words_of \'\'' -a 'notify' -d 'who is told of failures; send a test'
complete -c qctl -n '__qctl_words_of \'\'' -a 'pause' -d 'start no more jobs: of some queues, or of all'
complete -c qctl -n '__qctl_words_of \'\'' -a 'resume' -d 'let paused queues go on'
complete -c qctl -n '__qctl_words_of \'\'' -a 'install' -d 'a worker that systemd starts and looks after'
complete -c qctl -n '__qctl_words_of \'\'' -a 'uninstall' -d 'take what `install` has written away again'
complete -c qctl -n '__qctl_words_of \'\'' -a 'import' -d 'take over a crontab'
complete -c qctl -n '__qctl_words_of \'\'' -a 'export' -d 'write a crontab, or systemd timers'
complete -c qctl -n '__qctl_words_of \'\'' -a 'schema' -d 'JSON Schema of tasks.toml, or of what -o json writes'
complete -c qctl -n '__qctl_words_of \'\'' -a 'config' -d 'settings and where they come from'
complete -c qctl -n '__qctl_words_of \'\'' -a 'env' -d 'the environment that a job of a task would have'
complete -c qctl -n '__qctl_words_of \'\'' -a 'completion' -d 'Tab completes commands, tasks, jobs: bash, zsh, fish'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --file' -l file -d 'the tasks.toml to use' -r -F
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --dir -C' -l dir -s C -d 'work as if started in this folder' -x -a '(__fish_complete_directories)'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --redis' -l redis -d 'URL of the Redis to use; left out: the embedded one' -x
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --namespace' -l namespace -d 'namespace in that Redis' -x
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --redis-timeout' -l redis-timeout -d 'how long to wait for Redis (default: 3s)' -x
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --output -o' -l output -s o -d 'table (default), wide, json, jsonl, tsv or name' -x -a 'table wide json jsonl tsv name'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --quiet -q' -l quiet -s q -d 'ids and values only'
complete -c qctl -n 'not __qctl_at_command' -l verbose -s v -d 'say more; -vv shows tracebacks'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --color' -l color -d 'auto (default), always or never' -x -a 'auto always never'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --no-input' -l no-input -d 'never ask'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --yes -y' -l yes -s y -d 'answer yes'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --dry-run' -l dry-run -d 'say what would be done, and do nothing'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --utc' -l utc -d 'times in UTC'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --no-pager' -l no-pager -d 'never start a pager'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --help -h' -l help -s h -d 'what it does, with examples'
complete -c qctl -n 'not __qctl_at_command; and not __qctl_has --version' -l version -d 'which qctl this is'
complete -c qctl -n '__qctl_at_command' -ka '(__qctl_command)'
complete -c qctl -n '__qctl_options_of \'run\' --wait -w' -l wait -s w -d 'wait for its end; write its value, exit as it does'
complete -c qctl -n '__qctl_options_of \'run\' --follow -f' -l follow -s f -d 'wait, and pass its output on as it comes'
complete -c qctl -n '__qctl_options_of \'run\' --timeout' -l timeout -d 'wait at most so long; then exit 75' -x
complete -c qctl -n '__qctl_options_of \'run\' --graph' -l graph -d 'draw the workflow, and submit nothing'
complete -c qctl -n '__qctl_options_of \'run\' --local' -l local -d 'run it right here, without Redis or worker'
complete -c qctl -n '__qctl_options_of \'run\' --as-scheduled' -l as-scheduled -d 'as its schedule would start it, `with` included'
complete -c qctl -n '__qctl_options_of \'run\' --schedule' -l schedule -d 'by which of its schedules' -x -ka '(__qctl_ask schedules)'
complete -c qctl -n '__qctl_options_of \'run\' --queue -Q' -l queue -s Q -d 'the queue to wait in, in place of the task\'s' -x -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'run\' --priority -p' -l priority -s p -d '0 to 9, 9 first; or low, normal, high, urgent' -x -a 'low normal high urgent 0 1 2 3 4 5 6 7 8 9'
complete -c qctl -n '__qctl_options_of \'run\' --in --countdown' -l in -l countdown -d 'start when so much time has passed: 10m, 2h' -x
complete -c qctl -n '__qctl_options_of \'run\' --at --eta' -l at -l eta -d 'start at: \'tomorrow 6am\' (qctl help dates)' -x
complete -c qctl -n '__qctl_options_of \'run\'' -l after -d 'start when this job has succeeded' -x -ka '(__qctl_ask jobs)'
complete -c qctl -n '__qctl_options_of \'run\' --expires' -l expires -d 'do not start any more after: 2h, mon 09:00' -x
complete -c qctl -n '__qctl_options_of \'run\' --retries' -l retries -d 'tries after the first, in place of the task\'s' -x
complete -c qctl -n '__qctl_options_of \'run\' --key' -l key -d 'a name that only one job has at a time' -x
complete -c qctl -n '__qctl_options_of \'run\' --if-exists' -l if-exists -d 'if a job has that key: return, skip, replace or fail' -x -a 'return skip replace fail'
complete -c qctl -n '__qctl_options_of \'run\' --host' -l host -d 'run it on this host\'s workers only' -x -ka '(__qctl_ask hosts)'
complete -c qctl -n '__qctl_options_of \'run\'' -l env -d 'a variable of this job\'s environment' -x
complete -c qctl -n '__qctl_options_of \'run\'' -l label -d 'a mark to find it by: label:env=prod' -x
complete -c qctl -n '__qctl_options_of \'run\' --input' -l input -d 'what it reads on stdin; -: your stdin' -r -F
complete -c qctl -n '__qctl_options_of \'run\' --each' -l each -d 'one job or member for each line; -: of stdin' -r -F
complete -c qctl -n '__qctl_options_of \'run\' --null -0' -l null -s 0 -d 'lines of --each end with a NUL: find -print0'
complete -c qctl -n '__qctl_options_of \'run\' --policy' -l policy -d 'when its groups are done: all, any or settled' -x -a 'all any settled'
complete -c qctl -n '__qctl_options_of \'run\' --sh' -l sh -d 'run a line of shell: \'a && b\'' -x
complete -c qctl -n '__qctl_argument_of \'run\' -eq 0' -ka '(__qctl_ask step)'
complete -c qctl -n '__qctl_argument_of \'run\' -ge 1' -ka '(__qctl_ask params)'
complete -c qctl -n '__qctl_options_of \'chain\' --wait -w' -l wait -s w -d 'wait for its end; write its value, exit as it does'
complete -c qctl -n '__qctl_options_of \'chain\' --follow -f' -l follow -s f -d 'wait, and pass its output on as it comes'
complete -c qctl -n '__qctl_options_of \'chain\' --timeout' -l timeout -d 'wait at most so long; then exit 75' -x
complete -c qctl -n '__qctl_options_of \'chain\' --graph' -l graph -d 'draw the workflow, and submit nothing'
complete -c qctl -n '__qctl_options_of \'chain\' --queue -Q' -l queue -s Q -d 'the queue to wait in, in place of the task\'s' -x -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'chain\' --priority -p' -l priority -s p -d '0 to 9, 9 first; or low, normal, high, urgent' -x -a 'low normal high urgent 0 1 2 3 4 5 6 7 8 9'
complete -c qctl -n '__qctl_options_of \'chain\' --in --countdown' -l in -l countdown -d 'start when so much time has passed: 10m, 2h' -x
complete -c qctl -n '__qctl_options_of \'chain\' --at --eta' -l at -l eta -d 'start at: \'tomorrow 6am\' (qctl help dates)' -x
complete -c qctl -n '__qctl_options_of \'chain\'' -l after -d 'start when this job has succeeded' -x -ka '(__qctl_ask jobs)'
complete -c qctl -n '__qctl_options_of \'chain\' --expires' -l expires -d 'do not start any more after: 2h, mon 09:00' -x
complete -c qctl -n '__qctl_options_of \'chain\' --retries' -l retries -d 'tries after the first, in place of the task\'s' -x
complete -c qctl -n '__qctl_options_of \'chain\' --key' -l key -d 'a name that only one job has at a time' -x
complete -c qctl -n '__qctl_options_of \'chain\' --if-exists' -l if-exists -d 'if a job has that key: return, skip, replace or fail' -x -a 'return skip replace fail'
complete -c qctl -n '__qctl_options_of \'chain\' --host' -l host -d 'run it on this host\'s workers only' -x -ka '(__qctl_ask hosts)'
complete -c qctl -n '__qctl_options_of \'chain\'' -l env -d 'a variable of this job\'s environment' -x
complete -c qctl -n '__qctl_options_of \'chain\'' -l label -d 'a mark to find it by: label:env=prod' -x
complete -c qctl -n '__qctl_options_of \'chain\' --input' -l input -d 'what it reads on stdin; -: your stdin' -r -F
complete -c qctl -n '__qctl_options_of \'chain\' --policy' -l policy -d 'when its groups are done: all, any or settled' -x -a 'all any settled'
complete -c qctl -n '__qctl_argument_of \'chain\' -ge 0' -ka '(__qctl_ask step)'
complete -c qctl -n '__qctl_options_of \'group\' --each' -l each -d 'one job or member for each line; -: of stdin' -r -F
complete -c qctl -n '__qctl_options_of \'group\' --null -0' -l null -s 0 -d 'lines of --each end with a NUL: find -print0'
complete -c qctl -n '__qctl_options_of \'group\' --policy' -l policy -d 'done when: all succeed, any does, all have settled' -x -a 'all any settled'
complete -c qctl -n '__qctl_options_of \'group\' --max-parallel' -l max-parallel -d 'at most so many members at a time' -x
complete -c qctl -n '__qctl_options_of \'group\' --max-fail' -l max-fail -d 'so many may fail, such as 3 or 10%; null for them' -x
complete -c qctl -n '__qctl_options_of \'group\' --fail-fast' -l fail-fast -d 'cancel the rest at the first failure'
complete -c qctl -n '__qctl_options_of \'group\' --wait -w' -l wait -s w -d 'wait for its end; write its value, exit as it does'
complete -c qctl -n '__qctl_options_of \'group\' --follow -f' -l follow -s f -d 'wait, and pass its output on as it comes'
complete -c qctl -n '__qctl_options_of \'group\' --timeout' -l timeout -d 'wait at most so long; then exit 75' -x
complete -c qctl -n '__qctl_options_of \'group\' --graph' -l graph -d 'draw the workflow, and submit nothing'
complete -c qctl -n '__qctl_options_of \'group\' --queue -Q' -l queue -s Q -d 'the queue to wait in, in place of the task\'s' -x -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'group\' --priority -p' -l priority -s p -d '0 to 9, 9 first; or low, normal, high, urgent' -x -a 'low normal high urgent 0 1 2 3 4 5 6 7 8 9'
complete -c qctl -n '__qctl_options_of \'group\' --in --countdown' -l in -l countdown -d 'start when so much time has passed: 10m, 2h' -x
complete -c qctl -n '__qctl_options_of \'group\' --at --eta' -l at -l eta -d 'start at: \'tomorrow 6am\' (qctl help dates)' -x
complete -c qctl -n '__qctl_options_of \'group\'' -l after -d 'start when this job has succeeded' -x -ka '(__qctl_ask jobs)'
complete -c qctl -n '__qctl_options_of \'group\' --expires' -l expires -d 'do not start any more after: 2h, mon 09:00' -x
complete -c qctl -n '__qctl_options_of \'group\' --retries' -l retries -d 'tries after the first, in place of the task\'s' -x
complete -c qctl -n '__qctl_options_of \'group\' --key' -l key -d 'a name that only one job has at a time' -x
complete -c qctl -n '__qctl_options_of \'group\' --if-exists' -l if-exists -d 'if a job has that key: return, skip, replace or fail' -x -a 'return skip replace fail'
complete -c qctl -n '__qctl_options_of \'group\' --host' -l host -d 'run it on this host\'s workers only' -x -ka '(__qctl_ask hosts)'
complete -c qctl -n '__qctl_options_of \'group\'' -l env -d 'a variable of this job\'s environment' -x
complete -c qctl -n '__qctl_options_of \'group\'' -l label -d 'a mark to find it by: label:env=prod' -x
complete -c qctl -n '__qctl_options_of \'group\' --input' -l input -d 'what it reads on stdin; -: your stdin' -r -F
complete -c qctl -n '__qctl_argument_of \'group\' -ge 0' -ka '(__qctl_ask step)'
complete -c qctl -n '__qctl_options_of \'chord\' --then' -l then -d 'the step that receives the list of values' -x -ka '(__qctl_ask step)'
complete -c qctl -n '__qctl_options_of \'chord\' --each' -l each -d 'one job or member for each line; -: of stdin' -r -F
complete -c qctl -n '__qctl_options_of \'chord\' --null -0' -l null -s 0 -d 'lines of --each end with a NUL: find -print0'
complete -c qctl -n '__qctl_options_of \'chord\' --policy' -l policy -d 'done when: all succeed, any does, all have settled' -x -a 'all any settled'
complete -c qctl -n '__qctl_options_of \'chord\' --max-parallel' -l max-parallel -d 'at most so many members at a time' -x
complete -c qctl -n '__qctl_options_of \'chord\' --max-fail' -l max-fail -d 'so many may fail, such as 3 or 10%; null for them' -x
complete -c qctl -n '__qctl_options_of \'chord\' --fail-fast' -l fail-fast -d 'cancel the rest at the first failure'
complete -c qctl -n '__qctl_options_of \'chord\' --wait -w' -l wait -s w -d 'wait for its end; write its value, exit as it does'
complete -c qctl -n '__qctl_options_of \'chord\' --follow -f' -l follow -s f -d 'wait, and pass its output on as it comes'
complete -c qctl -n '__qctl_options_of \'chord\' --timeout' -l timeout -d 'wait at most so long; then exit 75' -x
complete -c qctl -n '__qctl_options_of \'chord\' --graph' -l graph -d 'draw the workflow, and submit nothing'
complete -c qctl -n '__qctl_options_of \'chord\' --queue -Q' -l queue -s Q -d 'the queue to wait in, in place of the task\'s' -x -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'chord\' --priority -p' -l priority -s p -d '0 to 9, 9 first; or low, normal, high, urgent' -x -a 'low normal high urgent 0 1 2 3 4 5 6 7 8 9'
complete -c qctl -n '__qctl_options_of \'chord\' --in --countdown' -l in -l countdown -d 'start when so much time has passed: 10m, 2h' -x
complete -c qctl -n '__qctl_options_of \'chord\' --at --eta' -l at -l eta -d 'start at: \'tomorrow 6am\' (qctl help dates)' -x
complete -c qctl -n '__qctl_options_of \'chord\'' -l after -d 'start when this job has succeeded' -x -ka '(__qctl_ask jobs)'
complete -c qctl -n '__qctl_options_of \'chord\' --expires' -l expires -d 'do not start any more after: 2h, mon 09:00' -x
complete -c qctl -n '__qctl_options_of \'chord\' --retries' -l retries -d 'tries after the first, in place of the task\'s' -x
complete -c qctl -n '__qctl_options_of \'chord\' --key' -l key -d 'a name that only one job has at a time' -x
complete -c qctl -n '__qctl_options_of \'chord\' --if-exists' -l if-exists -d 'if a job has that key: return, skip, replace or fail' -x -a 'return skip replace fail'
complete -c qctl -n '__qctl_options_of \'chord\' --host' -l host -d 'run it on this host\'s workers only' -x -ka '(__qctl_ask hosts)'
complete -c qctl -n '__qctl_options_of \'chord\'' -l env -d 'a variable of this job\'s environment' -x
complete -c qctl -n '__qctl_options_of \'chord\'' -l label -d 'a mark to find it by: label:env=prod' -x
complete -c qctl -n '__qctl_options_of \'chord\' --input' -l input -d 'what it reads on stdin; -: your stdin' -r -F
complete -c qctl -n '__qctl_argument_of \'chord\' -ge 0' -ka '(__qctl_ask step)'
complete -c qctl -n '__qctl_options_of \'wait\' --any' -l any -d 'until the first of them'
complete -c qctl -n '__qctl_options_of \'wait\' --for' -l for -d 'until they are started or ended' -x -a 'started ended'
complete -c qctl -n '__qctl_options_of \'wait\' --timeout' -l timeout -d 'wait at most so long; then exit 75' -x
complete -c qctl -n '__qctl_argument_of \'wait\' -ge 0' -ka '(__qctl_ask jobs)'
complete -c qctl -n '__qctl_options_of \'ps\' --all -a' -l all -s a -d 'those that have ended, too'
complete -c qctl -n '__qctl_options_of \'ps\' --state' -l state -d 'a state or outcome, such as running or failed, or `active`' -x -a 'active waiting scheduled queued running ended succeeded failed timeout cancelled expired skipped lost'
complete -c qctl -n '__qctl_options_of \'ps\' --queue -Q' -l queue -s Q -d 'only of this queue' -x -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'ps\' --task' -l task -d 'only of this task; * stands for any text' -x -ka '(__qctl_ask tasks)'
complete -c qctl -n '__qctl_options_of \'ps\' --tree -t' -l tree -s t -d 'workflows with all that they are made of'
complete -c qctl -n '__qctl_options_of \'ps\' --limit -n' -l limit -s n -d 'at most so many rows' -x
complete -c qctl -n '__qctl_options_of \'ps\' --watch -w' -l watch -s w -d 'go on: draw it anew, or tell changes in a pipe'
complete -c qctl -n '__qctl_argument_of \'ps\' -ge 0' -ka '(__qctl_ask query)'
complete -c qctl -n '__qctl_argument_of \'show\' -ge 0' -ka '(__qctl_ask jobs)'
complete -c qctl -n '__qctl_options_of \'logs\' --follow -f' -l follow -s f -d 'go on until its end, and exit as the job'
complete -c qctl -n '__qctl_options_of \'logs\' --lines -n' -l lines -s n -d 'only the last N lines' -x
complete -c qctl -n '__qctl_options_of \'logs\' --attempt' -l attempt -d 'only of this attempt, from 1' -x
complete -c qctl -n '__qctl_options_of \'logs\' --stdout' -l stdout -d 'only stdout'
complete -c qctl -n '__qctl_options_of \'logs\' --stderr' -l stderr -d 'only stderr'
complete -c qctl -n '__qctl_options_of \'logs\' --timestamps -t' -l timestamps -s t -d 'say before each line when it was written'
complete -c qctl -n '__qctl_options_of \'logs\' --prefix' -l prefix -d 'say before each line whose it is'
complete -c qctl -n '__qctl_argument_of \'logs\' -ge 0' -ka '(__qctl_ask jobs)'
complete -c qctl -n '__qctl_options_of \'history\' --task' -l task -d 'only of this task; * stands for any text' -x -ka '(__qctl_ask tasks)'
complete -c qctl -n '__qctl_options_of \'history\'' -l state -d 'succeeded, failed, timeout, cancelled, expired, skipped or lost' -x -a 'succeeded failed timeout cancelled expired skipped lost'
complete -c qctl -n '__qctl_options_of \'history\' --since' -l since -d 'ended since: 24h, yesterday, mon 09:00' -x
complete -c qctl -n '__qctl_options_of \'history\' --until' -l until -d 'ended until, written in the same way' -x
complete -c qctl -n '__qctl_options_of \'history\' --limit -n' -l limit -s n -d 'at most so many rows' -x
complete -c qctl -n '__qctl_options_of \'history\' --before' -l before -d 'ended before this job: the next page' -x -ka '(__qctl_ask ended-jobs)'
complete -c qctl -n '__qctl_options_of \'history\' --all' -l all -d 'a row for each run of a schedule'
complete -c qctl -n '__qctl_argument_of \'history\' -ge 0' -ka '(__qctl_ask query)'
complete -c qctl -n '__qctl_options_of \'cancel\' --query' -l query -d 'all jobs that are meant by it' -x -ka '(__qctl_ask query)'
complete -c qctl -n '__qctl_options_of \'cancel\' --signal' -l signal -d 'a name or number, in place of the task\'s stop_signal' -x -a 'TERM INT HUP QUIT KILL USR1 USR2'
complete -c qctl -n '__qctl_options_of \'cancel\' --grace' -l grace -d 'from the signal to KILL, in place of the task\'s' -x
complete -c qctl -n '__qctl_options_of \'cancel\' --reason' -l reason -d 'why: kept with the job, and shown' -x
complete -c qctl -n '__qctl_options_of \'cancel\' --strict' -l strict -d 'exit 5 if one had ended already'
complete -c qctl -n '__qctl_argument_of \'cancel\' -ge 0' -ka '(__qctl_ask active-jobs)'
complete -c qctl -n '__qctl_options_of \'retry\' --query' -l query -d 'all jobs that are meant by it' -x -ka '(__qctl_ask query)'
complete -c qctl -n '__qctl_options_of \'retry\' --failed' -l failed -d 'all that failed, timed out or were lost'
complete -c qctl -n '__qctl_options_of \'retry\' --since' -l since -d 'of those, what ended since: 2h, mon 09:00' -x
complete -c qctl -n '__qctl_options_of \'retry\' --with-dependents' -l with-dependents -d 'what was skipped because of them waits for them again'
complete -c qctl -n '__qctl_options_of \'retry\' --new' -l new -d 'as a new job with an id of its own'
complete -c qctl -n '__qctl_options_of \'retry\' --strict' -l strict -d 'exit 5 if one has not ended'
complete -c qctl -n '__qctl_argument_of \'retry\' -ge 0' -ka '(__qctl_ask ended-jobs)'
complete -c qctl -n '__qctl_options_of \'up\' --detach -d' -l detach -s d -d 'in the background; returns when the worker takes jobs'
complete -c qctl -n '__qctl_options_of \'up\' --queue -Q' -l queue -s Q -d 'a,b: a before b; a=3,b=1: in turn, by weight (default: all)' -x -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'up\' --concurrency -c' -l concurrency -s c -d 'jobs at once (default: the usable CPUs, at least 2)' -x
complete -c qctl -n '__qctl_options_of \'up\' --name' -l name -d 'its label (default: host and pid)' -x
complete -c qctl -n '__qctl_options_of \'up\' --log-level -l' -l log-level -s l -d 'debug, info, warning or error' -x -a 'debug info warning error'
complete -c qctl -n '__qctl_options_of \'up\' --no-beat' -l no-beat -d 'fire no schedules'
complete -c qctl -n '__qctl_options_of \'down\' --now' -l now -d 'give back what runs instead of finishing it'
complete -c qctl -n '__qctl_options_of \'down\' --timeout' -l timeout -d 'how long running jobs may take to finish' -x
complete -c qctl -n '__qctl_words_of \'worker\'' -a 'list' -d 'List the workers, dead ones that nobody has cleared away yet included'
complete -c qctl -n '__qctl_words_of \'worker\'' -a 'show' -d 'Show a worker, and what it runs'
complete -c qctl -n '__qctl_words_of \'worker\'' -a 'ping' -d 'Ask workers, all of them if none is named, for a sign of life'
complete -c qctl -n '__qctl_words_of \'worker\'' -a 'drain' -d 'Tell workers to take no more jobs, and stay'
complete -c qctl -n '__qctl_words_of \'worker\'' -a 'resume' -d 'Tell drained workers to take jobs again'
complete -c qctl -n '__qctl_words_of \'worker\'' -a 'stop' -d 'Tell workers to finish what they have and go'
complete -c qctl -n '__qctl_options_of \'worker\' --queue -Q' -l queue -s Q -d 'a,b: a before b; a=3,b=1: in turn, by weight (default: all)' -x -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'worker\' --concurrency -c' -l concurrency -s c -d 'jobs at once (default: the usable CPUs, at least 2)' -x
complete -c qctl -n '__qctl_options_of \'worker\' --autoscale' -l autoscale -d 'so many slots as the work needs, in place of -c' -x
complete -c qctl -n '__qctl_options_of \'worker\' --name' -l name -d 'its label (default: host and pid)' -x
complete -c qctl -n '__qctl_options_of \'worker\' --log-level -l' -l log-level -s l -d 'debug, info, warning or error' -x -a 'debug info warning error'
complete -c qctl -n '__qctl_options_of \'worker\' --json-logs' -l json-logs -d 'write the log as JSON lines'
complete -c qctl -n '__qctl_options_of \'worker\' --beat -B' -l beat -s B -d 'fire the schedules of tasks.toml, too'
complete -c qctl -n '__qctl_options_of \'worker\' --until-empty' -l until-empty -d 'go when no work is left'
complete -c qctl -n '__qctl_options_of \'worker\' --drain-timeout' -l drain-timeout -d 'how long SIGTERM lets jobs finish; none: for ever' -x
complete -c qctl -n '__qctl_options_of \'worker\' --max-jobs-per-child' -l max-jobs-per-child -d 'replace a slot after N jobs' -x
complete -c qctl -n '__qctl_options_of \'worker\' --max-memory-per-child' -l max-memory-per-child -d 'replace a slot that has grown beyond, such as 200MB' -x
complete -c qctl -n '__qctl_argument_of \'worker show\' -eq 0' -ka '(__qctl_ask workers)'
complete -c qctl -n '__qctl_options_of \'worker ping\' --all' -l all -d 'every worker'
complete -c qctl -n '__qctl_options_of \'worker ping\' --timeout' -l timeout -d 'how long to wait for their answers' -x
complete -c qctl -n '__qctl_argument_of \'worker ping\' -ge 0' -ka '(__qctl_ask workers)'
complete -c qctl -n '__qctl_options_of \'worker drain\' --all' -l all -d 'every worker'
complete -c qctl -n '__qctl_argument_of \'worker drain\' -ge 0' -ka '(__qctl_ask workers)'
complete -c qctl -n '__qctl_options_of \'worker resume\' --all' -l all -d 'every worker'
complete -c qctl -n '__qctl_argument_of \'worker resume\' -ge 0' -ka '(__qctl_ask workers)'
complete -c qctl -n '__qctl_options_of \'worker stop\' --all' -l all -d 'every worker'
complete -c qctl -n '__qctl_options_of \'worker stop\' --now' -l now -d 'give back what runs instead of finishing it'
complete -c qctl -n '__qctl_argument_of \'worker stop\' -ge 0' -ka '(__qctl_ask workers)'
complete -c qctl -n '__qctl_words_of \'queue\'' -a 'list' -d 'List the queues that have held a job'
complete -c qctl -n '__qctl_words_of \'queue\'' -a 'show' -d 'Show a queue: what waits and runs, its limits, who has paused it, who reads it'
complete -c qctl -n '__qctl_words_of \'queue\'' -a 'pause' -d 'Start no more jobs of these queues'
complete -c qctl -n '__qctl_words_of \'queue\'' -a 'resume' -d 'Let paused queues go on'
complete -c qctl -n '__qctl_words_of \'queue\'' -a 'purge' -d 'Cancel everything that waits in a queue'
complete -c qctl -n '__qctl_options_of \'queue list\' --watch -w' -l watch -s w -d 'go on: draw it anew, or tell changes in a pipe'
complete -c qctl -n '__qctl_argument_of \'queue show\' -eq 0' -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'queue pause\' --for' -l for -d 'resume by itself after this time, such as 30m' -x
complete -c qctl -n '__qctl_options_of \'queue pause\' --reason' -l reason -d 'why: shown to whoever wonders' -x
complete -c qctl -n '__qctl_options_of \'queue pause\' --strict' -l strict -d 'exit 5 if one was so already'
complete -c qctl -n '__qctl_argument_of \'queue pause\' -ge 0' -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'queue resume\' --strict' -l strict -d 'exit 5 if one was so already'
complete -c qctl -n '__qctl_argument_of \'queue resume\' -ge 0' -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'queue purge\' --older-than' -l older-than -d 'only what has waited longer, such as 2h' -x
complete -c qctl -n '__qctl_options_of \'queue purge\' --backup' -l backup -d 'write them there before they go (default: a new file)' -r -F
complete -c qctl -n '__qctl_argument_of \'queue purge\' -eq 0' -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_argument_of \'init\' -eq 0' -a '(__fish_complete_directories)'
complete -c qctl -n '__qctl_options_of \'check\' --strict' -l strict -d 'exit 78 for warnings, too'
complete -c qctl -n '__qctl_options_of \'check\' --output -o' -l output -s o -d 'table (default), wide, json, jsonl, tsv or name' -x -a 'table wide json jsonl tsv name sarif github'
complete -c qctl -n '__qctl_words_of \'task\'' -a 'list' -d 'List the tasks'
complete -c qctl -n '__qctl_words_of \'task\'' -a 'show' -d 'Show one task: its command, parameters and limits'
complete -c qctl -n '__qctl_options_of \'task list\' --tag' -l tag -d 'only tasks with this tag' -x -ka '(__qctl_ask tags)'
complete -c qctl -n '__qctl_argument_of \'task show\' -eq 0' -ka '(__qctl_ask tasks)'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'run' -d 'run a task, or a command after --, now or later'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'chain' -d 'tasks one after the other, each with the value before it'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'group' -d 'tasks side by side; --each for one a line'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'chord' -d 'tasks side by side, then one with their values'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'wait' -d 'wait for jobs and exit as they did'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'progress' -d 'inside a job: say how far it is'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'ps' -d 'jobs that wait or run'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'show' -d 'all about a job'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'logs' -d 'a job\'s output, -f to follow it'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'history' -d 'jobs that have ended'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'cancel' -d 'cancel jobs, queued or running'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'retry' -d 'run ended jobs again'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'up' -d 'server and worker in one, -d in the background'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'down' -d 'stop what `up -d` started'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'status' -d 'is it healthy? for people and monitors'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'worker' -d 'start a worker; list, show, ping, drain, resume, stop'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'queue' -d 'queues: list, show, pause, resume, purge'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'init' -d 'write a first tasks.toml'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'check' -d 'check tasks.toml'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'task' -d 'the tasks there are'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'top' -d 'all of it live, to look into and act on with keys'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'stats' -d 'counts, rates and times'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'events' -d 'what happens, as a stream'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'errors' -d 'failures grouped by error'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'rm' -d 'remove ended jobs'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'doctor' -d 'what is wrong, and the command that helps'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'schedule' -d 'schedules: list, next, add, run-now, enable, disable'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'beat' -d 'fire schedules'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'notify' -d 'who is told of failures; send a test'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'pause' -d 'start no more jobs: of some queues, or of all'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'resume' -d 'let paused queues go on'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'install' -d 'a worker that systemd starts and looks after'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'uninstall' -d 'take what `install` has written away again'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'import' -d 'take over a crontab'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'export' -d 'write a crontab, or systemd timers'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'schema' -d 'JSON Schema of tasks.toml, or of what -o json writes'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'config' -d 'settings and where they come from'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'env' -d 'the environment that a job of a task would have'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'completion' -d 'Tab completes commands, tasks, jobs: bash, zsh, fish'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'exit-codes' -d 'what each exit code means'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'environment' -d 'variables that qctl reads, and those of a job'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'query' -d 'which jobs are meant: fields, signs, examples'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'pipelines' -d 'workflows as `a | [b, c] | d`'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'dates' -d 'how --at, --in, --since and --until are written'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'cron' -d 'cron expressions, and cron\'s words here'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'celery' -d 'Celery\'s commands, options and states here'
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q001' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q002' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q003' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q004' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q005' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q010' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q011' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q012' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q013' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q014' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q015' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q016' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q017' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q018' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q019' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q020' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q021' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q022' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q023' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q024' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q025' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q026' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q027' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q028' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q029' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q031' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q032' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q033' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q034' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q035' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q036' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q037' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q038' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q039' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q040' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q041' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q042' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q043' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q044' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q045' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q046' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q047' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q048' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q049' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q050' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q051' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q069' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q070' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q075' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q076' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q077' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q078' -d ''
complete -c qctl -n '__qctl_words_of \'help\'' -a 'Q125' -d ''
complete -c qctl -n '__qctl_options_of \'top\' --query' -l query -d 'only the jobs that it means' -x -ka '(__qctl_ask query)'
complete -c qctl -n '__qctl_options_of \'top\' --interval -d' -l interval -s d -d 'between two looks, 200ms to 1h; else 2s' -x -a '500ms 1s 2s 5s 10s'
complete -c qctl -n '__qctl_options_of \'top\' --read-only' -l read-only -d 'only look: no key changes anything'
complete -c qctl -n '__qctl_options_of \'top\' --once' -l once -d 'print one picture and end'
complete -c qctl -n '__qctl_options_of \'top\' --plain' -l plain -d 'print what changes, in words, and draw nothing'
complete -c qctl -n '__qctl_options_of \'stats\' --since' -l since -d '7d, yesterday, mon 09:00 (default: 24h)' -x
complete -c qctl -n '__qctl_options_of \'stats\' --by' -l by -d 'a row for each task, queue, worker or day' -x -a 'task queue worker day'
complete -c qctl -n '__qctl_options_of \'stats\' --read' -l read -d 'look at the newest N jobs (default: 1,000 of all the time)' -x
complete -c qctl -n '__qctl_options_of \'events\' --follow -f' -l follow -s f -d 'go on with what happens from now on'
complete -c qctl -n '__qctl_options_of \'events\' --since' -l since -d 'from then on: 10m, today, 14:30' -x
complete -c qctl -n '__qctl_options_of \'events\'' -l type -d 'only these: submit, claim, complete, bury and so on' -x -a 'submit fire follow tell promote claim complete bury retry release reclaim cancel revive replace remove forget prioritise broken repaired untold'
complete -c qctl -n '__qctl_options_of \'events\' --limit -n' -l limit -s n -d 'at most so many, the newest' -x
complete -c qctl -n '__qctl_options_of \'errors\' --since' -l since -d '7d, yesterday, mon 09:00 (default: 24h)' -x
complete -c qctl -n '__qctl_options_of \'errors\' --read' -l read -d 'look at the newest N jobs at most' -x
complete -c qctl -n '__qctl_options_of \'rm\' --query' -l query -d 'all jobs that are meant by it' -x -ka '(__qctl_ask query)'
complete -c qctl -n '__qctl_argument_of \'rm\' -ge 0' -ka '(__qctl_ask ended-jobs)'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'next' -d 'Say when schedules are due'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'list' -d 'List schedules: when they run next, how the last run ended, and what is wrong with one'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'history' -d 'Show what has become of each instant of a schedule, newest first: its job, or why there is none'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'missed' -d 'Show what should have run in the last day and did not, and what no beat or worker has taken yet'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'run-now' -d 'Run a schedule\'s task now, as an ordinary job with the schedule\'s parameters'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'enable' -d 'Let schedules start their tasks again'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'disable' -d 'Let schedules start nothing, until they are enabled'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'add' -d 'Give a task one more schedule, in the file that declares it'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'rm' -d 'Take a schedule out of the file that declares it'
complete -c qctl -n '__qctl_words_of \'schedule\'' -a 'edit' -d 'Open tasks.toml in $VISUAL or $EDITOR; it takes the file\'s place once it is right'
complete -c qctl -n '__qctl_options_of \'schedule next\' --limit -n' -l limit -s n -d 'at most so many; 10, of --until a hundred' -x
complete -c qctl -n '__qctl_options_of \'schedule next\' --from' -l from -d 'from then on; else from now' -x
complete -c qctl -n '__qctl_options_of \'schedule next\' --until' -l until -d 'up to then: each instant, in order' -x
complete -c qctl -n '__qctl_options_of \'schedule next\' --timezone' -l timezone -d 'show, or read EXPR, there' -x -ka '(__qctl_ask zones)'
complete -c qctl -n '__qctl_argument_of \'schedule next\' -eq 0' -ka '(__qctl_ask what)'
complete -c qctl -n '__qctl_options_of \'schedule list\' --all' -l all -d 'those too that the file disables'
complete -c qctl -n '__qctl_options_of \'schedule list\' --watch -w' -l watch -s w -d 'go on: draw it anew, or tell changes in a pipe'
complete -c qctl -n '__qctl_options_of \'schedule history\' --since' -l since -d 'from then on: 24h, mon, a date' -x
complete -c qctl -n '__qctl_options_of \'schedule history\' --limit -n' -l limit -s n -d 'at most so many rows' -x
complete -c qctl -n '__qctl_argument_of \'schedule history\' -eq 0' -ka '(__qctl_ask schedules)'
complete -c qctl -n '__qctl_options_of \'schedule missed\' --since' -l since -d 'from then on: 24h, mon, a date' -x
complete -c qctl -n '__qctl_options_of \'schedule missed\' --run' -l run -d 'run the newest that was missed of each now'
complete -c qctl -n '__qctl_options_of \'schedule missed\' --all' -l all -d 'what was skipped on purpose too; with --run: each missed'
complete -c qctl -n '__qctl_argument_of \'schedule missed\' -eq 0' -ka '(__qctl_ask schedules)'
complete -c qctl -n '__qctl_options_of \'schedule run-now\' --wait -w' -l wait -s w -d 'wait for its end; write its value, exit as it does'
complete -c qctl -n '__qctl_options_of \'schedule run-now\' --follow -f' -l follow -s f -d 'wait, and pass its output on as it comes'
complete -c qctl -n '__qctl_options_of \'schedule run-now\' --timeout' -l timeout -d 'wait at most so long; then exit 75' -x
complete -c qctl -n '__qctl_argument_of \'schedule run-now\' -eq 0' -ka '(__qctl_ask schedules)'
complete -c qctl -n '__qctl_options_of \'schedule enable\' --all' -l all -d 'every schedule that there is'
complete -c qctl -n '__qctl_options_of \'schedule enable\' --strict' -l strict -d 'exit 5 if one was so already'
complete -c qctl -n '__qctl_argument_of \'schedule enable\' -ge 0' -ka '(__qctl_ask schedules)'
complete -c qctl -n '__qctl_options_of \'schedule disable\' --all' -l all -d 'every schedule that there is'
complete -c qctl -n '__qctl_options_of \'schedule disable\' --for' -l for -d 'enable by itself after this time, such as 2h' -x
complete -c qctl -n '__qctl_options_of \'schedule disable\' --reason' -l reason -d 'why: shown to whoever wonders' -x
complete -c qctl -n '__qctl_options_of \'schedule disable\' --strict' -l strict -d 'exit 5 if one was so already'
complete -c qctl -n '__qctl_argument_of \'schedule disable\' -ge 0' -ka '(__qctl_ask schedules)'
complete -c qctl -n '__qctl_options_of \'schedule add\' --at' -l at -d 'once, at this date (qctl help dates)' -x
complete -c qctl -n '__qctl_options_of \'schedule add\' --timezone' -l timezone -d 'in which it is meant, such as Europe/Berlin' -x -ka '(__qctl_ask zones)'
complete -c qctl -n '__qctl_options_of \'schedule add\' --overlap' -l overlap -d 'while a run goes on: skip (default), queue, allow, replace' -x -a 'skip queue allow replace'
complete -c qctl -n '__qctl_options_of \'schedule add\' --catchup' -l catchup -d 'of missed instants run one (default), all, none' -x -a 'none one all'
complete -c qctl -n '__qctl_options_of \'schedule add\' --deadline' -l deadline -d 'the latest start after its instant' -x
complete -c qctl -n '__qctl_options_of \'schedule add\' --jitter' -l jitter -d 'put each start off by up to so long, at random' -x
complete -c qctl -n '__qctl_options_of \'schedule add\'' -l blackout -d 'when it must not start: 22:00-06:00, sat' -x
complete -c qctl -n '__qctl_options_of \'schedule add\'' -l with -d 'a parameter: name=value, name:=json' -x -ka '(__qctl_ask params)'
complete -c qctl -n '__qctl_options_of \'schedule add\' --name' -l name -d 'one of several: it is then called TASK.NAME' -x
complete -c qctl -n '__qctl_argument_of \'schedule add\' -eq 0' -ka '(__qctl_ask tasks)'
complete -c qctl -n '__qctl_argument_of \'schedule rm\' -eq 0' -ka '(__qctl_ask schedules)'
complete -c qctl -n '__qctl_options_of \'schedule edit\'' -l set -d 'change one key; KEY= takes it away' -x
complete -c qctl -n '__qctl_argument_of \'schedule edit\' -eq 0' -ka '(__qctl_ask schedules)'
complete -c qctl -n '__qctl_options_of \'beat\' --name' -l name -d 'its label (default: host and pid)' -x
complete -c qctl -n '__qctl_options_of \'beat\' --log-level -l' -l log-level -s l -d 'debug, info, warning or error' -x -a 'debug info warning error'
complete -c qctl -n '__qctl_options_of \'beat\' --json-logs' -l json-logs -d 'write the log as JSON lines'
complete -c qctl -n '__qctl_options_of \'beat\' --catchup-spread' -l catchup-spread -d 'between the starts of missed runs that are made up for' -x
complete -c qctl -n '__qctl_words_of \'notify\'' -a 'list' -d 'List the notify names: what each is told, of which tasks, by which command'
complete -c qctl -n '__qctl_words_of \'notify\'' -a 'test' -d 'Send an example of a report, by the job that a failure would be told by'
complete -c qctl -n '__qctl_options_of \'notify test\' --wait -w' -l wait -s w -d 'wait for its end; exit as its command does'
complete -c qctl -n '__qctl_options_of \'notify test\' --timeout' -l timeout -d 'wait at most so long: exit 75' -x
complete -c qctl -n '__qctl_argument_of \'notify test\' -eq 0' -ka '(__qctl_ask notify)'
complete -c qctl -n '__qctl_options_of \'pause\' --all' -l all -d 'every queue, those to come included'
complete -c qctl -n '__qctl_options_of \'pause\' --for' -l for -d 'resume by itself after this time, such as 30m' -x
complete -c qctl -n '__qctl_options_of \'pause\' --reason' -l reason -d 'why: shown to whoever wonders' -x
complete -c qctl -n '__qctl_options_of \'pause\' --strict' -l strict -d 'exit 5 if one was so already'
complete -c qctl -n '__qctl_argument_of \'pause\' -ge 0' -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_options_of \'resume\' --all' -l all -d 'take back what `pause --all` said'
complete -c qctl -n '__qctl_options_of \'resume\' --strict' -l strict -d 'exit 5 if one was so already'
complete -c qctl -n '__qctl_argument_of \'resume\' -ge 0' -ka '(__qctl_ask queues)'
complete -c qctl -n '__qctl_words_of \'install\'' -a 'systemd' -d 'Write a systemd unit for a worker of this tasks.toml'
complete -c qctl -n '__qctl_options_of \'install systemd\' --user' -l user -d 'of your own systemd, not the machine\'s'
complete -c qctl -n '__qctl_options_of \'install systemd\' --now' -l now -d 'enable it and start it, too'
complete -c qctl -n '__qctl_options_of \'install systemd\' --root' -l root -d 'of an image whose files are below DIR' -x -a '(__fish_complete_directories)'
complete -c qctl -n '__qctl_words_of \'uninstall\'' -a 'systemd' -d 'Stop the worker\'s service, let it finish what runs, and remove its unit'
complete -c qctl -n '__qctl_options_of \'uninstall systemd\' --user' -l user -d 'of your own systemd, not the machine\'s'
complete -c qctl -n '__qctl_options_of \'uninstall systemd\' --root' -l root -d 'of an image whose files are below DIR' -x -a '(__fish_complete_directories)'
complete -c qctl -n '__qctl_words_of \'import\'' -a 'crontab' -d 'Turn a crontab into tasks with schedules, and tell what differs'
complete -c qctl -n '__qctl_options_of \'import crontab\' --user' -l user -d 'the crontab of this user' -x -a '(__fish_complete_users)'
complete -c qctl -n '__qctl_options_of \'import crontab\' --system' -l system -d '/etc/crontab, /etc/cron.d, /etc/anacrontab'
complete -c qctl -n '__qctl_options_of \'import crontab\' --write' -l write -d 'into a file that tasks.toml includes, or a first tasks.toml'
complete -c qctl -n '__qctl_options_of \'import crontab\' --comment-out' -l comment-out -d 'the crontab, imported lines commented out'
complete -c qctl -n '__qctl_options_of \'import crontab\' --modernise' -l modernise -d 'keys in the place of flock, timeout and so on'
complete -c qctl -n '__qctl_options_of \'import crontab\' --root' -l root -d 'of an image whose files are below DIR' -x -a '(__fish_complete_directories)'
complete -c qctl -n '__qctl_argument_of \'import crontab\' -eq 0' -F
complete -c qctl -n '__qctl_words_of \'export\'' -a 'crontab' -d 'Write crontab lines; what cron cannot do is a comment'
complete -c qctl -n '__qctl_words_of \'export\'' -a 'systemd' -d 'Write systemd timers, each with its service, which runs as the task\'s user, or as you'
complete -c qctl -n '__qctl_argument_of \'export crontab\' -ge 0' -ka '(__qctl_ask tasks)'
complete -c qctl -n '__qctl_options_of \'export systemd\' --to' -l to -d 'write the units into this folder' -x -a '(__fish_complete_directories)'
complete -c qctl -n '__qctl_argument_of \'export systemd\' -ge 0' -ka '(__qctl_ask tasks)'
complete -c qctl -n '__qctl_argument_of \'schema\' -eq 0' -a 'tasks job workflow event schedule occurrence'
complete -c qctl -n '__qctl_words_of \'config\'' -a 'get' -d 'Print the value of one setting'
complete -c qctl -n '__qctl_words_of \'config\'' -a 'path' -d 'Print the path of the tasks.toml that is used'
complete -c qctl -n '__qctl_options_of \'config\' --origin' -l origin -d 'and where each comes from'
complete -c qctl -n '__qctl_argument_of \'config get\' -eq 0' -a 'adhoc color dir dry_run file fsync include modules namespace no_input no_pager output output_budget python_path quiet redis redis_server redis_timeout retention.age retention.runs state_dir timezone utc verbose yes'
complete -c qctl -n '__qctl_argument_of \'env\' -eq 0' -ka '(__qctl_ask tasks)'
complete -c qctl -n '__qctl_argument_of \'env\' -ge 1' -ka '(__qctl_ask params)'
complete -c qctl -n '__qctl_options_of \'completion\' --install' -l install -d 'put it where the shell looks for it'
complete -c qctl -n '__qctl_argument_of \'completion\' -eq 0' -a 'bash zsh fish'
complete -c qctl -n '__qctl_words_of \'help worker\'' -a 'list' -d 'List the workers, dead ones that nobody has cleared away yet included'
complete -c qctl -n '__qctl_words_of \'help worker\'' -a 'show' -d 'Show a worker, and what it runs'
complete -c qctl -n '__qctl_words_of \'help worker\'' -a 'ping' -d 'Ask workers, all of them if none is named, for a sign of life'
complete -c qctl -n '__qctl_words_of \'help worker\'' -a 'drain' -d 'Tell workers to take no more jobs, and stay'
complete -c qctl -n '__qctl_words_of \'help worker\'' -a 'resume' -d 'Tell drained workers to take jobs again'
complete -c qctl -n '__qctl_words_of \'help worker\'' -a 'stop' -d 'Tell workers to finish what they have and go'
complete -c qctl -n '__qctl_words_of \'help queue\'' -a 'list' -d 'List the queues that have held a job'
complete -c qctl -n '__qctl_words_of \'help queue\'' -a 'show' -d 'Show a queue: what waits and runs, its limits, who has paused it, who reads it'
complete -c qctl -n '__qctl_words_of \'help queue\'' -a 'pause' -d 'Start no more jobs of these queues'
complete -c qctl -n '__qctl_words_of \'help queue\'' -a 'resume' -d 'Let paused queues go on'
complete -c qctl -n '__qctl_words_of \'help queue\'' -a 'purge' -d 'Cancel everything that waits in a queue'
complete -c qctl -n '__qctl_words_of \'help task\'' -a 'list' -d 'List the tasks'
complete -c qctl -n '__qctl_words_of \'help task\'' -a 'show' -d 'Show one task: its command, parameters and limits'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'next' -d 'Say when schedules are due'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'list' -d 'List schedules: when they run next, how the last run ended, and what is wrong with one'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'history' -d 'Show what has become of each instant of a schedule, newest first: its job, or why there is none'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'missed' -d 'Show what should have run in the last day and did not, and what no beat or worker has taken yet'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'run-now' -d 'Run a schedule\'s task now, as an ordinary job with the schedule\'s parameters'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'enable' -d 'Let schedules start their tasks again'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'disable' -d 'Let schedules start nothing, until they are enabled'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'add' -d 'Give a task one more schedule, in the file that declares it'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'rm' -d 'Take a schedule out of the file that declares it'
complete -c qctl -n '__qctl_words_of \'help schedule\'' -a 'edit' -d 'Open tasks.toml in $VISUAL or $EDITOR; it takes the file\'s place once it is right'
complete -c qctl -n '__qctl_words_of \'help notify\'' -a 'list' -d 'List the notify names: what each is told, of which tasks, by which command'
complete -c qctl -n '__qctl_words_of \'help notify\'' -a 'test' -d 'Send an example of a report, by the job that a failure would be told by'
complete -c qctl -n '__qctl_words_of \'help install\'' -a 'systemd' -d 'Write a systemd unit for a worker of this tasks.toml'
complete -c qctl -n '__qctl_words_of \'help uninstall\'' -a 'systemd' -d 'Stop the worker\'s service, let it finish what runs, and remove its unit'
complete -c qctl -n '__qctl_words_of \'help import\'' -a 'crontab' -d 'Turn a crontab into tasks with schedules, and tell what differs'
complete -c qctl -n '__qctl_words_of \'help export\'' -a 'crontab' -d 'Write crontab lines; what cron cannot do is a comment'
complete -c qctl -n '__qctl_words_of \'help export\'' -a 'systemd' -d 'Write systemd timers, each with its service, which runs as the task\'s user, or as you'
complete -c qctl -n '__qctl_words_of \'help config\'' -a 'get' -d 'Print the value of one setting'
complete -c qctl -n '__qctl_words_of \'help config\'' -a 'path' -d 'Print the path of the tasks.toml that is used'
