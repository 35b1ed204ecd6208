# bash completion for qctl. Made from qctl's table of commands: edit that, not this.

# The command that word $2 is below $1, into REPLY; false: it is none.
_qctl_verb() {
  REPLY=${1:+$1 }$2
  case $REPLY in
    run|chain|group|chord|wait|progress|ps|show|logs|history|cancel|retry|up|down|status|worker|'worker list'|'worker show'|'worker ping'|'worker drain'|'worker resume'|'worker stop'|queue|'queue list'|'queue show'|'queue pause'|'queue resume'|'queue purge'|init|check|task|'task list'|'task show'|help|top|stats|events|errors|rm|doctor|schedule|'schedule next'|'schedule list'|'schedule history'|'schedule missed'|'schedule run-now'|'schedule enable'|'schedule disable'|'schedule add'|'schedule rm'|'schedule edit'|beat|notify|'notify list'|'notify test'|pause|resume|install|'install systemd'|uninstall|'uninstall systemd'|import|'import crontab'|export|'export crontab'|'export systemd'|schema|config|'config get'|'config path'|env|completion|'help run'|'help chain'|'help group'|'help chord'|'help wait'|'help progress'|'help ps'|'help show'|'help logs'|'help history'|'help cancel'|'help retry'|'help up'|'help down'|'help status'|'help worker'|'help worker list'|'help worker show'|'help worker ping'|'help worker drain'|'help worker resume'|'help worker stop'|'help queue'|'help queue list'|'help queue show'|'help queue pause'|'help queue resume'|'help queue purge'|'help init'|'help check'|'help task'|'help task list'|'help task show'|'help top'|'help stats'|'help events'|'help errors'|'help rm'|'help doctor'|'help schedule'|'help schedule next'|'help schedule list'|'help schedule history'|'help schedule missed'|'help schedule run-now'|'help schedule enable'|'help schedule disable'|'help schedule add'|'help schedule rm'|'help schedule edit'|'help beat'|'help notify'|'help notify list'|'help notify test'|'help pause'|'help resume'|'help install'|'help install systemd'|'help uninstall'|'help uninstall systemd'|'help import'|'help import crontab'|'help export'|'help export crontab'|'help export systemd'|'help schema'|'help config'|'help config get'|'help config path'|'help env'|'help completion'|'help exit-codes'|'help environment'|'help query'|'help pipelines'|'help dates'|'help cron'|'help celery'|'help Q001'|'help Q002'|'help Q003'|'help Q004'|'help Q005'|'help Q010'|'help Q011'|'help Q012'|'help Q013'|'help Q014'|'help Q015'|'help Q016'|'help Q017'|'help Q018'|'help Q019'|'help Q020'|'help Q021'|'help Q022'|'help Q023'|'help Q024'|'help Q025'|'help Q026'|'help Q027'|'help Q028'|'help Q029'|'help Q031'|'help Q032'|'help Q033'|'help Q034'|'help Q035'|'help Q036'|'help Q037'|'help Q038'|'help Q039'|'help Q040'|'help Q041'|'help Q042'|'help Q043'|'help Q044'|'help Q045'|'help Q046'|'help Q047'|'help Q048'|'help Q049'|'help Q050'|'help Q051'|'help Q069'|'help Q070'|'help Q075'|'help Q076'|'help Q077'|'help Q078'|'help Q125') ;;
    enqueue) REPLY=run ;;
    pipe) REPLY=run ;;
    pipeline) REPLY=run ;;
    call) REPLY=run ;;
    start) REPLY=run ;;
    add) REPLY=run ;;
    exec) REPLY=run ;;
    list) REPLY=ps ;;
    ls) REPLY=ps ;;
    describe) REPLY=show ;;
    inspect) REPLY=show ;;
    info) REPLY=show ;;
    follow) REPLY=logs ;;
    tail) REPLY=logs ;;
    revoke) REPLY=cancel ;;
    stop) REPLY=cancel ;;
    kill) REPLY=cancel ;;
    requeue) REPLY=retry ;;
    restart) REPLY=retry ;;
    rerun) REPLY=retry ;;
    result) REPLY=show ;;
    log) REPLY=logs ;;
    ping) REPLY='worker ping' ;;
    purge) REPLY='queue purge' ;;
    empty) REPLY='queue purge' ;;
    unpause) REPLY=resume ;;
    report) REPLY=doctor ;;
    queues) REPLY='queue list' ;;
    workers) REPLY='worker list' ;;
    tasks) REPLY='task list' ;;
    lint) REPLY=check ;;
    validate) REPLY=check ;;
    scheduler) REPLY=beat ;;
    timers) REPLY='schedule list' ;;
    cron) REPLY='schedule list' ;;
    trigger) REPLY='schedule run-now' ;;
    next) REPLY='schedule next' ;;
    timeline) REPLY=events ;;
    journal) REPLY=logs ;;
    list-timers) REPLY='schedule list' ;;
    atq) REPLY=ps ;;
    atrm) REPLY=cancel ;;
    run-parts) REPLY=run ;;
    *) return 1 ;;
  esac
}

# The words that may follow $1, into REPLY.
_qctl_words() {
  case "$1" in
    '') REPLY='run	run a task, or a command after --, now or later
chain	tasks one after the other, each with the value before it
group	tasks side by side; --each for one a line
chord	tasks side by side, then one with their values
wait	wait for jobs and exit as they did
progress	inside a job: say how far it is
ps	jobs that wait or run
show	all about a job
logs	a job'"'"'s output, -f to follow it
history	jobs that have ended
cancel	cancel jobs, queued or running
retry	run ended jobs again
up	server and worker in one, -d in the background
down	stop what `up -d` started
status	is it healthy? for people and monitors
worker	start a worker; list, show, ping, drain, resume, stop
queue	queues: list, show, pause, resume, purge
init	write a first tasks.toml
check	check tasks.toml
task	the tasks there are
help	a topic, a command, or the code of an error
top	all of it live, to look into and act on with keys
stats	counts, rates and times
events	what happens, as a stream
errors	failures grouped by error
rm	remove ended jobs
doctor	what is wrong, and the command that helps
schedule	schedules: list, next, add, run-now, enable, disable
beat	fire schedules
notify	who is told of failures; send a test
pause	start no more jobs: of some queues, or of all
resume	let paused queues go on
install	a worker that systemd starts and looks after
uninstall	take what `install` has written away again
import	take over a crontab
export	write a crontab, or systemd timers
schema	JSON Schema of tasks.toml, or of what -o json writes
config	settings and where they come from
env	the environment that a job of a task would have
completion	Tab completes commands, tasks, jobs: bash, zsh, fish' ;;
    worker) REPLY='list	List the workers, dead ones that nobody has cleared away yet included
show	Show a worker, and what it runs
ping	Ask workers, all of them if none is named, for a sign of life
drain	Tell workers to take no more jobs, and stay
resume	Tell drained workers to take jobs again
stop	Tell workers to finish what they have and go' ;;
    queue) REPLY='list	List the queues that have held a job
show	Show a queue: what waits and runs, its limits, who has paused it, who reads it
pause	Start no more jobs of these queues
resume	Let paused queues go on
purge	Cancel everything that waits in a queue' ;;
    task) REPLY='list	List the tasks
show	Show one task: its command, parameters and limits' ;;
    help) REPLY='run	run a task, or a command after --, now or later
chain	tasks one after the other, each with the value before it
group	tasks side by side; --each for one a line
chord	tasks side by side, then one with their values
wait	wait for jobs and exit as they did
progress	inside a job: say how far it is
ps	jobs that wait or run
show	all about a job
logs	a job'"'"'s output, -f to follow it
history	jobs that have ended
cancel	cancel jobs, queued or running
retry	run ended jobs again
up	server and worker in one, -d in the background
down	stop what `up -d` started
status	is it healthy? for people and monitors
worker	start a worker; list, show, ping, drain, resume, stop
queue	queues: list, show, pause, resume, purge
init	write a first tasks.toml
check	check tasks.toml
task	the tasks there are
top	all of it live, to look into and act on with keys
stats	counts, rates and times
events	what happens, as a stream
errors	failures grouped by error
rm	remove ended jobs
doctor	what is wrong, and the command that helps
schedule	schedules: list, next, add, run-now, enable, disable
beat	fire schedules
notify	who is told of failures; send a test
pause	start no more jobs: of some queues, or of all
resume	let paused queues go on
install	a worker that systemd starts and looks after
uninstall	take what `install` has written away again
import	take over a crontab
export	write a crontab, or systemd timers
schema	JSON Schema of tasks.toml, or of what -o json writes
config	settings and where they come from
env	the environment that a job of a task would have
completion	Tab completes commands, tasks, jobs: bash, zsh, fish
exit-codes	what each exit code means
environment	variables that qctl reads, and those of a job
query	which jobs are meant: fields, signs, examples
pipelines	workflows as `a | [b, c] | d`
dates	how --at, --in, --since and --until are written
cron	cron expressions, and cron'"'"'s words here
celery	Celery'"'"'s commands, options and states here
Q001	
Q002	
Q003	
Q004	
Q005	
Q010	
Q011	
Q012	
Q013	
Q014	
Q015	
Q016	
Q017	
Q018	
Q019	
Q020	
Q021	
Q022	
Q023	
Q024	
Q025	
Q026	
Q027	
Q028	
Q029	
Q031	
Q032	
Q033	
Q034	
Q035	
Q036	
Q037	
Q038	
Q039	
Q040	
Q041	
Q042	
Q043	
Q044	
Q045	
Q046	
Q047	
Q048	
Q049	
Q050	
Q051	
Q069	
Q070	
Q075	
Q076	
Q077	
Q078	
Q125	' ;;
    schedule) REPLY='next	Say when schedules are due
list	List schedules: when they run next, how the last run ended, and what is wrong with one
history	Show what has become of each instant of a schedule, newest first: its job, or why there is none
missed	Show what should have run in the last day and did not, and what no beat or worker has taken yet
run-now	Run a schedule'"'"'s task now, as an ordinary job with the schedule'"'"'s parameters
enable	Let schedules start their tasks again
disable	Let schedules start nothing, until they are enabled
add	Give a task one more schedule, in the file that declares it
rm	Take a schedule out of the file that declares it
edit	Open tasks.toml in $VISUAL or $EDITOR; it takes the file'"'"'s place once it is right' ;;
    notify) REPLY='list	List the notify names: what each is told, of which tasks, by which command
test	Send an example of a report, by the job that a failure would be told by' ;;
    install) REPLY='systemd	Write a systemd unit for a worker of this tasks.toml' ;;
    uninstall) REPLY='systemd	Stop the worker'"'"'s service, let it finish what runs, and remove its unit' ;;
    import) REPLY='crontab	Turn a crontab into tasks with schedules, and tell what differs' ;;
    export) REPLY='crontab	Write crontab lines; what cron cannot do is a comment
systemd	Write systemd timers, each with its service, which runs as the task'"'"'s user, or as you' ;;
    config) REPLY='get	Print the value of one setting
path	Print the path of the tasks.toml that is used' ;;
    'help worker') REPLY='list	List the workers, dead ones that nobody has cleared away yet included
show	Show a worker, and what it runs
ping	Ask workers, all of them if none is named, for a sign of life
drain	Tell workers to take no more jobs, and stay
resume	Tell drained workers to take jobs again
stop	Tell workers to finish what they have and go' ;;
    'help queue') REPLY='list	List the queues that have held a job
show	Show a queue: what waits and runs, its limits, who has paused it, who reads it
pause	Start no more jobs of these queues
resume	Let paused queues go on
purge	Cancel everything that waits in a queue' ;;
    'help task') REPLY='list	List the tasks
show	Show one task: its command, parameters and limits' ;;
    'help schedule') REPLY='next	Say when schedules are due
list	List schedules: when they run next, how the last run ended, and what is wrong with one
history	Show what has become of each instant of a schedule, newest first: its job, or why there is none
missed	Show what should have run in the last day and did not, and what no beat or worker has taken yet
run-now	Run a schedule'"'"'s task now, as an ordinary job with the schedule'"'"'s parameters
enable	Let schedules start their tasks again
disable	Let schedules start nothing, until they are enabled
add	Give a task one more schedule, in the file that declares it
rm	Take a schedule out of the file that declares it
edit	Open tasks.toml in $VISUAL or $EDITOR; it takes the file'"'"'s place once it is right' ;;
    'help notify') REPLY='list	List the notify names: what each is told, of which tasks, by which command
test	Send an example of a report, by the job that a failure would be told by' ;;
    'help install') REPLY='systemd	Write a systemd unit for a worker of this tasks.toml' ;;
    'help uninstall') REPLY='systemd	Stop the worker'"'"'s service, let it finish what runs, and remove its unit' ;;
    'help import') REPLY='crontab	Turn a crontab into tasks with schedules, and tell what differs' ;;
    'help export') REPLY='crontab	Write crontab lines; what cron cannot do is a comment
systemd	Write systemd timers, each with its service, which runs as the task'"'"'s user, or as you' ;;
    'help config') REPLY='get	Print the value of one setting
path	Print the path of the tasks.toml that is used' ;;
    *) return 1 ;;
  esac
}

# The options of $1 alone, into REPLY.
_qctl_options() {
  case "$1" in
    '') REPLY='--file	the tasks.toml to use
--dir	work as if started in this folder	-C
--redis	URL of the Redis to use; left out: the embedded one
--namespace	namespace in that Redis
--redis-timeout	how long to wait for Redis (default: 3s)
--output	table (default), wide, json, jsonl, tsv or name	-o
--quiet	ids and values only	-q
--verbose	say more; -vv shows tracebacks	+
--color	auto (default), always or never
--no-input	never ask
--yes	answer yes	-y
--dry-run	say what would be done, and do nothing
--utc	times in UTC
--no-pager	never start a pager
--help	what it does, with examples	-h
--version	which qctl this is' ;;
    run) REPLY='--wait	wait for its end; write its value, exit as it does	-w
--follow	wait, and pass its output on as it comes	-f
--timeout	wait at most so long; then exit 75
--graph	draw the workflow, and submit nothing
--local	run it right here, without Redis or worker
--as-scheduled	as its schedule would start it, `with` included
--schedule	by which of its schedules
--queue	the queue to wait in, in place of the task'"'"'s	-Q
--priority	0 to 9, 9 first; or low, normal, high, urgent	-p
--in	start when so much time has passed: 10m, 2h	--countdown
--at	start at: '"'"'tomorrow 6am'"'"' (qctl help dates)	--eta
--after	start when this job has succeeded	+
--expires	do not start any more after: 2h, mon 09:00
--retries	tries after the first, in place of the task'"'"'s
--key	a name that only one job has at a time
--if-exists	if a job has that key: return, skip, replace or fail
--host	run it on this host'"'"'s workers only
--env	a variable of this job'"'"'s environment	+
--label	a mark to find it by: label:env=prod	+
--input	what it reads on stdin; -: your stdin
--each	one job or member for each line; -: of stdin
--null	lines of --each end with a NUL: find -print0	-0
--policy	when its groups are done: all, any or settled
--sh	run a line of shell: '"'"'a && b'"'"'' ;;
    chain) REPLY='--wait	wait for its end; write its value, exit as it does	-w
--follow	wait, and pass its output on as it comes	-f
--timeout	wait at most so long; then exit 75
--graph	draw the workflow, and submit nothing
--queue	the queue to wait in, in place of the task'"'"'s	-Q
--priority	0 to 9, 9 first; or low, normal, high, urgent	-p
--in	start when so much time has passed: 10m, 2h	--countdown
--at	start at: '"'"'tomorrow 6am'"'"' (qctl help dates)	--eta
--after	start when this job has succeeded	+
--expires	do not start any more after: 2h, mon 09:00
--retries	tries after the first, in place of the task'"'"'s
--key	a name that only one job has at a time
--if-exists	if a job has that key: return, skip, replace or fail
--host	run it on this host'"'"'s workers only
--env	a variable of this job'"'"'s environment	+
--label	a mark to find it by: label:env=prod	+
--input	what it reads on stdin; -: your stdin
--policy	when its groups are done: all, any or settled' ;;
    group) REPLY='--each	one job or member for each line; -: of stdin
--null	lines of --each end with a NUL: find -print0	-0
--policy	done when: all succeed, any does, all have settled
--max-parallel	at most so many members at a time
--max-fail	so many may fail, such as 3 or 10%; null for them
--fail-fast	cancel the rest at the first failure
--wait	wait for its end; write its value, exit as it does	-w
--follow	wait, and pass its output on as it comes	-f
--timeout	wait at most so long; then exit 75
--graph	draw the workflow, and submit nothing
--queue	the queue to wait in, in place of the task'"'"'s	-Q
--priority	0 to 9, 9 first; or low, normal, high, urgent	-p
--in	start when so much time has passed: 10m, 2h	--countdown
--at	start at: '"'"'tomorrow 6am'"'"' (qctl help dates)	--eta
--after	start when this job has succeeded	+
--expires	do not start any more after: 2h, mon 09:00
--retries	tries after the first, in place of the task'"'"'s
--key	a name that only one job has at a time
--if-exists	if a job has that key: return, skip, replace or fail
--host	run it on this host'"'"'s workers only
--env	a variable of this job'"'"'s environment	+
--label	a mark to find it by: label:env=prod	+
--input	what it reads on stdin; -: your stdin' ;;
    chord) REPLY='--then	the step that receives the list of values
--each	one job or member for each line; -: of stdin
--null	lines of --each end with a NUL: find -print0	-0
--policy	done when: all succeed, any does, all have settled
--max-parallel	at most so many members at a time
--max-fail	so many may fail, such as 3 or 10%; null for them
--fail-fast	cancel the rest at the first failure
--wait	wait for its end; write its value, exit as it does	-w
--follow	wait, and pass its output on as it comes	-f
--timeout	wait at most so long; then exit 75
--graph	draw the workflow, and submit nothing
--queue	the queue to wait in, in place of the task'"'"'s	-Q
--priority	0 to 9, 9 first; or low, normal, high, urgent	-p
--in	start when so much time has passed: 10m, 2h	--countdown
--at	start at: '"'"'tomorrow 6am'"'"' (qctl help dates)	--eta
--after	start when this job has succeeded	+
--expires	do not start any more after: 2h, mon 09:00
--retries	tries after the first, in place of the task'"'"'s
--key	a name that only one job has at a time
--if-exists	if a job has that key: return, skip, replace or fail
--host	run it on this host'"'"'s workers only
--env	a variable of this job'"'"'s environment	+
--label	a mark to find it by: label:env=prod	+
--input	what it reads on stdin; -: your stdin' ;;
    wait) REPLY='--any	until the first of them
--for	until they are started or ended
--timeout	wait at most so long; then exit 75' ;;
    ps) REPLY='--all	those that have ended, too	-a
--state	a state or outcome, such as running or failed, or `active`
--queue	only of this queue	-Q
--task	only of this task; * stands for any text
--tree	workflows with all that they are made of	-t
--limit	at most so many rows	-n
--watch	go on: draw it anew, or tell changes in a pipe	-w' ;;
    logs) REPLY='--follow	go on until its end, and exit as the job	-f
--lines	only the last N lines	-n
--attempt	only of this attempt, from 1
--stdout	only stdout
--stderr	only stderr
--timestamps	say before each line when it was written	-t
--prefix	say before each line whose it is' ;;
    history) REPLY='--task	only of this task; * stands for any text
--state	succeeded, failed, timeout, cancelled, expired, skipped or lost	+
--since	ended since: 24h, yesterday, mon 09:00
--until	ended until, written in the same way
--limit	at most so many rows	-n
--before	ended before this job: the next page
--all	a row for each run of a schedule' ;;
    cancel) REPLY='--query	all jobs that are meant by it
--signal	a name or number, in place of the task'"'"'s stop_signal
--grace	from the signal to KILL, in place of the task'"'"'s
--reason	why: kept with the job, and shown
--strict	exit 5 if one had ended already' ;;
    retry) REPLY='--query	all jobs that are meant by it
--failed	all that failed, timed out or were lost
--since	of those, what ended since: 2h, mon 09:00
--with-dependents	what was skipped because of them waits for them again
--new	as a new job with an id of its own
--strict	exit 5 if one has not ended' ;;
    up) REPLY='--detach	in the background; returns when the worker takes jobs	-d
--queue	a,b: a before b; a=3,b=1: in turn, by weight (default: all)	-Q
--concurrency	jobs at once (default: the usable CPUs, at least 2)	-c
--name	its label (default: host and pid)
--log-level	debug, info, warning or error	-l
--no-beat	fire no schedules' ;;
    down) REPLY='--now	give back what runs instead of finishing it
--timeout	how long running jobs may take to finish' ;;
    worker) REPLY='--queue	a,b: a before b; a=3,b=1: in turn, by weight (default: all)	-Q
--concurrency	jobs at once (default: the usable CPUs, at least 2)	-c
--autoscale	so many slots as the work needs, in place of -c
--name	its label (default: host and pid)
--log-level	debug, info, warning or error	-l
--json-logs	write the log as JSON lines
--beat	fire the schedules of tasks.toml, too	-B
--until-empty	go when no work is left
--drain-timeout	how long SIGTERM lets jobs finish; none: for ever
--max-jobs-per-child	replace a slot after N jobs
--max-memory-per-child	replace a slot that has grown beyond, such as 200MB' ;;
    'worker ping') REPLY='--all	every worker
--timeout	how long to wait for their answers' ;;
    'worker drain') REPLY='--all	every worker' ;;
    'worker resume') REPLY='--all	every worker' ;;
    'worker stop') REPLY='--all	every worker
--now	give back what runs instead of finishing it' ;;
    'queue list') REPLY='--watch	go on: draw it anew, or tell changes in a pipe	-w' ;;
    'queue pause') REPLY='--for	resume by itself after this time, such as 30m
--reason	why: shown to whoever wonders
--strict	exit 5 if one was so already' ;;
    'queue resume') REPLY='--strict	exit 5 if one was so already' ;;
    'queue purge') REPLY='--older-than	only what has waited longer, such as 2h
--backup	write them there before they go (default: a new file)' ;;
    check) REPLY='--strict	exit 78 for warnings, too' ;;
    'task list') REPLY='--tag	only tasks with this tag' ;;
    top) REPLY='--query	only the jobs that it means
--interval	between two looks, 200ms to 1h; else 2s	-d
--read-only	only look: no key changes anything
--once	print one picture and end
--plain	print what changes, in words, and draw nothing' ;;
    stats) REPLY='--since	7d, yesterday, mon 09:00 (default: 24h)
--by	a row for each task, queue, worker or day
--read	look at the newest N jobs (default: 1,000 of all the time)' ;;
    events) REPLY='--follow	go on with what happens from now on	-f
--since	from then on: 10m, today, 14:30
--type	only these: submit, claim, complete, bury and so on	+
--limit	at most so many, the newest	-n' ;;
    errors) REPLY='--since	7d, yesterday, mon 09:00 (default: 24h)
--read	look at the newest N jobs at most' ;;
    rm) REPLY='--query	all jobs that are meant by it' ;;
    'schedule next') REPLY='--limit	at most so many; 10, of --until a hundred	-n
--from	from then on; else from now
--until	up to then: each instant, in order
--timezone	show, or read EXPR, there' ;;
    'schedule list') REPLY='--all	those too that the file disables
--watch	go on: draw it anew, or tell changes in a pipe	-w' ;;
    'schedule history') REPLY='--since	from then on: 24h, mon, a date
--limit	at most so many rows	-n' ;;
    'schedule missed') REPLY='--since	from then on: 24h, mon, a date
--run	run the newest that was missed of each now
--all	what was skipped on purpose too; with --run: each missed' ;;
    'schedule run-now') REPLY='--wait	wait for its end; write its value, exit as it does	-w
--follow	wait, and pass its output on as it comes	-f
--timeout	wait at most so long; then exit 75' ;;
    'schedule enable') REPLY='--all	every schedule that there is
--strict	exit 5 if one was so already' ;;
    'schedule disable') REPLY='--all	every schedule that there is
--for	enable by itself after this time, such as 2h
--reason	why: shown to whoever wonders
--strict	exit 5 if one was so already' ;;
    'schedule add') REPLY='--at	once, at this date (qctl help dates)
--timezone	in which it is meant, such as Europe/Berlin
--overlap	while a run goes on: skip (default), queue, allow, replace
--catchup	of missed instants run one (default), all, none
--deadline	the latest start after its instant
--jitter	put each start off by up to so long, at random
--blackout	when it must not start: 22:00-06:00, sat	+
--with	a parameter: name=value, name:=json	+
--name	one of several: it is then called TASK.NAME' ;;
    'schedule edit') REPLY='--set	change one key; KEY= takes it away	+' ;;
    beat) REPLY='--name	its label (default: host and pid)
--log-level	debug, info, warning or error	-l
--json-logs	write the log as JSON lines
--catchup-spread	between the starts of missed runs that are made up for' ;;
    'notify test') REPLY='--wait	wait for its end; exit as its command does	-w
--timeout	wait at most so long: exit 75' ;;
    pause) REPLY='--all	every queue, those to come included
--for	resume by itself after this time, such as 30m
--reason	why: shown to whoever wonders
--strict	exit 5 if one was so already' ;;
    resume) REPLY='--all	take back what `pause --all` said
--strict	exit 5 if one was so already' ;;
    'install systemd') REPLY='--user	of your own systemd, not the machine'"'"'s
--now	enable it and start it, too
--root	of an image whose files are below DIR' ;;
    'uninstall systemd') REPLY='--user	of your own systemd, not the machine'"'"'s
--root	of an image whose files are below DIR' ;;
    'import crontab') REPLY='--user	the crontab of this user
--system	/etc/crontab, /etc/cron.d, /etc/anacrontab
--write	into a file that tasks.toml includes, or a first tasks.toml
--comment-out	the crontab, imported lines commented out
--modernise	keys in the place of flock, timeout and so on
--root	of an image whose files are below DIR' ;;
    'export systemd') REPLY='--to	write the units into this folder' ;;
    config) REPLY='--origin	and where each comes from' ;;
    completion) REPLY='--install	put it where the shell looks for it' ;;
    *) return 1 ;;
  esac
}

# What option $2 of $1 takes; false: nothing, into REPLY.
_qctl_takes() {
  case "$1 $2" in
    'run '--timeout) REPLY='' ;;
    'run '--schedule) REPLY=schedules ;;
    'run '--queue|'run '-Q) REPLY=queues ;;
    'run '--priority|'run '-p) REPLY='one-of low normal high urgent 0 1 2 3 4 5 6 7 8 9' ;;
    'run '--in|'run '--countdown) REPLY='' ;;
    'run '--at|'run '--eta) REPLY='' ;;
    'run '--after) REPLY=jobs ;;
    'run '--expires) REPLY='' ;;
    'run '--retries) REPLY='' ;;
    'run '--key) REPLY='' ;;
    'run '--if-exists) REPLY='one-of return skip replace fail' ;;
    'run '--host) REPLY=hosts ;;
    'run '--env) REPLY='' ;;
    'run '--label) REPLY='' ;;
    'run '--input) REPLY=file ;;
    'run '--each) REPLY=file ;;
    'run '--policy) REPLY='one-of all any settled' ;;
    'run '--sh) REPLY='' ;;
    'chain '--timeout) REPLY='' ;;
    'chain '--queue|'chain '-Q) REPLY=queues ;;
    'chain '--priority|'chain '-p) REPLY='one-of low normal high urgent 0 1 2 3 4 5 6 7 8 9' ;;
    'chain '--in|'chain '--countdown) REPLY='' ;;
    'chain '--at|'chain '--eta) REPLY='' ;;
    'chain '--after) REPLY=jobs ;;
    'chain '--expires) REPLY='' ;;
    'chain '--retries) REPLY='' ;;
    'chain '--key) REPLY='' ;;
    'chain '--if-exists) REPLY='one-of return skip replace fail' ;;
    'chain '--host) REPLY=hosts ;;
    'chain '--env) REPLY='' ;;
    'chain '--label) REPLY='' ;;
    'chain '--input) REPLY=file ;;
    'chain '--policy) REPLY='one-of all any settled' ;;
    'group '--each) REPLY=file ;;
    'group '--policy) REPLY='one-of all any settled' ;;
    'group '--max-parallel) REPLY='' ;;
    'group '--max-fail) REPLY='' ;;
    'group '--timeout) REPLY='' ;;
    'group '--queue|'group '-Q) REPLY=queues ;;
    'group '--priority|'group '-p) REPLY='one-of low normal high urgent 0 1 2 3 4 5 6 7 8 9' ;;
    'group '--in|'group '--countdown) REPLY='' ;;
    'group '--at|'group '--eta) REPLY='' ;;
    'group '--after) REPLY=jobs ;;
    'group '--expires) REPLY='' ;;
    'group '--retries) REPLY='' ;;
    'group '--key) REPLY='' ;;
    'group '--if-exists) REPLY='one-of return skip replace fail' ;;
    'group '--host) REPLY=hosts ;;
    'group '--env) REPLY='' ;;
    'group '--label) REPLY='' ;;
    'group '--input) REPLY=file ;;
    'chord '--then) REPLY=step ;;
    'chord '--each) REPLY=file ;;
    'chord '--policy) REPLY='one-of all any settled' ;;
    'chord '--max-parallel) REPLY='' ;;
    'chord '--max-fail) REPLY='' ;;
    'chord '--timeout) REPLY='' ;;
    'chord '--queue|'chord '-Q) REPLY=queues ;;
    'chord '--priority|'chord '-p) REPLY='one-of low normal high urgent 0 1 2 3 4 5 6 7 8 9' ;;
    'chord '--in|'chord '--countdown) REPLY='' ;;
    'chord '--at|'chord '--eta) REPLY='' ;;
    'chord '--after) REPLY=jobs ;;
    'chord '--expires) REPLY='' ;;
    'chord '--retries) REPLY='' ;;
    'chord '--key) REPLY='' ;;
    'chord '--if-exists) REPLY='one-of return skip replace fail' ;;
    'chord '--host) REPLY=hosts ;;
    'chord '--env) REPLY='' ;;
    'chord '--label) REPLY='' ;;
    'chord '--input) REPLY=file ;;
    'wait '--for) REPLY='one-of started ended' ;;
    'wait '--timeout) REPLY='' ;;
    'ps '--state) REPLY='one-of active waiting scheduled queued running ended succeeded failed timeout cancelled expired skipped lost' ;;
    'ps '--queue|'ps '-Q) REPLY=queues ;;
    'ps '--task) REPLY=tasks ;;
    'ps '--limit|'ps '-n) REPLY='' ;;
    'logs '--lines|'logs '-n) REPLY='' ;;
    'logs '--attempt) REPLY='' ;;
    'history '--task) REPLY=tasks ;;
    'history '--state) REPLY='one-of succeeded failed timeout cancelled expired skipped lost' ;;
    'history '--since) REPLY='' ;;
    'history '--until) REPLY='' ;;
    'history '--limit|'history '-n) REPLY='' ;;
    'history '--before) REPLY=ended-jobs ;;
    'cancel '--query) REPLY=query ;;
    'cancel '--signal) REPLY='one-of TERM INT HUP QUIT KILL USR1 USR2' ;;
    'cancel '--grace) REPLY='' ;;
    'cancel '--reason) REPLY='' ;;
    'retry '--query) REPLY=query ;;
    'retry '--since) REPLY='' ;;
    'up '--queue|'up '-Q) REPLY=queues ;;
    'up '--concurrency|'up '-c) REPLY='' ;;
    'up '--name) REPLY='' ;;
    'up '--log-level|'up '-l) REPLY='one-of debug info warning error' ;;
    'down '--timeout) REPLY='' ;;
    'worker '--queue|'worker '-Q) REPLY=queues ;;
    'worker '--concurrency|'worker '-c) REPLY='' ;;
    'worker '--autoscale) REPLY='' ;;
    'worker '--name) REPLY='' ;;
    'worker '--log-level|'worker '-l) REPLY='one-of debug info warning error' ;;
    'worker '--drain-timeout) REPLY='' ;;
    'worker '--max-jobs-per-child) REPLY='' ;;
    'worker '--max-memory-per-child) REPLY='' ;;
    'worker ping '--timeout) REPLY='' ;;
    'queue pause '--for) REPLY='' ;;
    'queue pause '--reason) REPLY='' ;;
    'queue purge '--older-than) REPLY='' ;;
    'queue purge '--backup) REPLY=file ;;
    'check '--output|'check '-o) REPLY='one-of table wide json jsonl tsv name sarif github' ;;
    'task list '--tag) REPLY=tags ;;
    'top '--query) REPLY=query ;;
    'top '--interval|'top '-d) REPLY='one-of 500ms 1s 2s 5s 10s' ;;
    'stats '--since) REPLY='' ;;
    'stats '--by) REPLY='one-of task queue worker day' ;;
    'stats '--read) REPLY='' ;;
    'events '--since) REPLY='' ;;
    'events '--type) REPLY='one-of submit fire follow tell promote claim complete bury retry release reclaim cancel revive replace remove forget prioritise broken repaired untold' ;;
    'events '--limit|'events '-n) REPLY='' ;;
    'errors '--since) REPLY='' ;;
    'errors '--read) REPLY='' ;;
    'rm '--query) REPLY=query ;;
    'schedule next '--limit|'schedule next '-n) REPLY='' ;;
    'schedule next '--from) REPLY='' ;;
    'schedule next '--until) REPLY='' ;;
    'schedule next '--timezone) REPLY=zones ;;
    'schedule history '--since) REPLY='' ;;
    'schedule history '--limit|'schedule history '-n) REPLY='' ;;
    'schedule missed '--since) REPLY='' ;;
    'schedule run-now '--timeout) REPLY='' ;;
    'schedule disable '--for) REPLY='' ;;
    'schedule disable '--reason) REPLY='' ;;
    'schedule add '--at) REPLY='' ;;
    'schedule add '--timezone) REPLY=zones ;;
    'schedule add '--overlap) REPLY='one-of skip queue allow replace' ;;
    'schedule add '--catchup) REPLY='one-of none one all' ;;
    'schedule add '--deadline) REPLY='' ;;
    'schedule add '--jitter) REPLY='' ;;
    'schedule add '--blackout) REPLY='' ;;
    'schedule add '--with) REPLY=params ;;
    'schedule add '--name) REPLY='' ;;
    'schedule edit '--set) REPLY='' ;;
    'beat '--name) REPLY='' ;;
    'beat '--log-level|'beat '-l) REPLY='one-of debug info warning error' ;;
    'beat '--catchup-spread) REPLY='' ;;
    'notify test '--timeout) REPLY='' ;;
    'pause '--for) REPLY='' ;;
    'pause '--reason) REPLY='' ;;
    'install systemd '--root) REPLY=folder ;;
    'uninstall systemd '--root) REPLY=folder ;;
    'import crontab '--user) REPLY=user ;;
    'import crontab '--root) REPLY=folder ;;
    'export systemd '--to) REPLY=folder ;;
    *' '--file) REPLY=file ;;
    *' '--dir|*' '-C) REPLY=folder ;;
    *' '--redis) REPLY='' ;;
    *' '--namespace) REPLY='' ;;
    *' '--redis-timeout) REPLY='' ;;
    *' '--output|*' '-o) REPLY='one-of table wide json jsonl tsv name' ;;
    *' '--color) REPLY='one-of auto always never' ;;
    *) return 1 ;;
  esac
}

# What argument $2 of $1, counted from 0, may be, into REPLY.
_qctl_argument() {
  case "$1 $2" in
    'run '0) REPLY=step ;;
    'run '*) REPLY=params ;;
    'chain '*) REPLY=step ;;
    'group '*) REPLY=step ;;
    'chord '*) REPLY=step ;;
    'wait '*) REPLY=jobs ;;
    'progress '0) REPLY='' ;;
    'progress '*) REPLY='' ;;
    'ps '*) REPLY=query ;;
    'show '*) REPLY=jobs ;;
    'logs '*) REPLY=jobs ;;
    'history '*) REPLY=query ;;
    'cancel '*) REPLY=active-jobs ;;
    'retry '*) REPLY=ended-jobs ;;
    'worker show '0) REPLY=workers ;;
    'worker ping '*) REPLY=workers ;;
    'worker drain '*) REPLY=workers ;;
    'worker resume '*) REPLY=workers ;;
    'worker stop '*) REPLY=workers ;;
    'queue show '0) REPLY=queues ;;
    'queue pause '*) REPLY=queues ;;
    'queue resume '*) REPLY=queues ;;
    'queue purge '0) REPLY=queues ;;
    'init '0) REPLY=folder ;;
    'task show '0) REPLY=tasks ;;
    'help '*) REPLY='' ;;
    'rm '*) REPLY=ended-jobs ;;
    'schedule next '0) REPLY=what ;;
    'schedule history '0) REPLY=schedules ;;
    'schedule missed '0) REPLY=schedules ;;
    'schedule run-now '0) REPLY=schedules ;;
    'schedule enable '*) REPLY=schedules ;;
    'schedule disable '*) REPLY=schedules ;;
    'schedule add '0) REPLY=tasks ;;
    'schedule add '*) REPLY='' ;;
    'schedule rm '0) REPLY=schedules ;;
    'schedule edit '0) REPLY=schedules ;;
    'notify test '0) REPLY=notify ;;
    'pause '*) REPLY=queues ;;
    'resume '*) REPLY=queues ;;
    'import crontab '0) REPLY=file ;;
    'export crontab '*) REPLY=tasks ;;
    'export systemd '*) REPLY=tasks ;;
    'schema '0) REPLY='one-of tasks job workflow event schedule occurrence' ;;
    'config get '0) REPLY='one-of adhoc color dir dry_run file fsync include modules namespace no_input no_pager output output_budget python_path quiet redis redis_server redis_timeout retention.age retention.runs state_dir timezone utc verbose yes' ;;
    'env '0) REPLY=tasks ;;
    'env '*) REPLY=params ;;
    'completion '0) REPLY='one-of bash zsh fish' ;;
    *) return 1 ;;
  esac
}

# Whether another program's command follows -- of $1.
_qctl_takes_command() {
  case $1 in run|group|chord) ;; *) return 1 ;; esac
}

# The words before the cursor into `line`, without quotes. That at the cursor into `cur`, its open quote into `quote`,
# and what of it stays as it is into `head`: bash takes what stands behind a sign of COMP_WORDBREAKS for a word.
_qctl_split() {
  local rest=${COMP_LINE:0:COMP_POINT} trimmed piece before after i n=-1
  local -a whole=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=${rest#"${rest%%[![:space:]]*}"}
    piece=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && piece=$trimmed
    if ((i == 0)) || [[ $trimmed != "$rest" ]]; then
      whole[++n]=$piece
    else
      whole[n]+=$piece
    fi
    rest=${trimmed#"$piece"}
  done
  cur=${whole[n]} quote= head= line=()
  for ((i = 0; i < n; i++)); do
    piece=${whole[i]//[\'\"]/}
    line[i]=${piece//\\/}
  done
  before=${cur%%[\'\"]*}
  if [[ $before != "$cur" ]]; then
    quote=${cur:${#before}:1}
    after=${cur:${#before}+1}
    if [[ $after == *"$quote"* ]]; then
      cur=${cur//[\'\"]/} quote=
    else
      cur=${before//\\/}$after head=${before//\\/}
      return
    fi
  fi
  cur=${cur//\\/}
  local sign
  for sign in = :; do
    if [[ $COMP_WORDBREAKS == *"$sign"* && $cur == *"$sign"* ]]; then
      before=${cur%"${cur##*"$sign"}"}
      ((${#before} > ${#head})) && head=$before
    fi
  done
}

# Offers rows of stdin, a value and what is said of it, each behind $1: those that begin as the word at the cursor. An
# option that stands there, under any of its names, is not offered again, unless it has a sign that it may be.
_qctl_offer() {
  local value about others name told=
  local -a values=() abouts=()
  while IFS=$'\t' read -r value about others; do
    value=$1$value
    [[ $value == "$cur"* ]] || continue
    if [[ $value == -* && $others != + ]]; then
      for name in "$value" $others; do
        [[ " ${line[*]} " == *" $name"[\ =]* ]] && continue 2
      done
    fi
    case $quote$value in \'*\'*|\"*[\"\$\`\\!]*) continue ;; esac
    [[ $value == *[=:\>] ]] && compopt -o nospace 2>/dev/null
    values+=("$value") abouts+=("$about")
    [[ $about ]] && told=1
  done
  local i
  for i in "${!values[@]}"; do
    value=${values[i]#"$head"}
    # They are only listed, and nothing is put in; what takes more than a screen is not told.
    if [[ $told && $COMP_TYPE == 63 && ${#values[@]} -gt 1 && ${#values[@]} -lt ${LINES:-24} ]]; then
      value="$value${abouts[i]:+  (${abouts[i]})}"
    elif [[ ! $quote ]]; then
      printf -v value %q "$value"
    fi
    COMPREPLY+=("$value")
  done
  compopt -o nosort 2>/dev/null
}

# Offers what a value may be, of kind $2, behind $1.
_qctl_values() {
  local program=${line[0]/#\~/$HOME} kind=${2%% *} typed=${cur#"$1"} file
  case $kind in
    '') ;;
    file) compopt -o default 2>/dev/null ;;
    folder) compopt -o dirnames 2>/dev/null ;;
    user) _qctl_offer "$1" < <(compgen -u) ;;
    one-of) _qctl_offer "$1" < <(printf '%s\n' ${2#* }) ;;
    *)
      [[ $kind == params ]] && kind="params $first"
      type -P -- "$program" >/dev/null || program=qctl
      _qctl_offer "$1" < <("$program" __complete "$kind" "$typed" "${line[@]:1}" 2>/dev/null </dev/null)
      if [[ $kind == params* && ${#COMPREPLY[@]} == 0 && $typed == *=* ]]; then
        if [[ $typed == *=@* ]]; then
          _qctl_offer "$1${typed%%=*}=@" < <(compgen -f -- "${typed#*=@}")
        else
          compopt -o default 2>/dev/null
        fi
      fi
      ;;
  esac
}

# Offers what another program takes, whose name is the word $1 of the line.
_qctl_command() {
  local i
  if declare -F _command_offset >/dev/null; then
    for ((i = 1; i < COMP_CWORD; i++)); do
      [[ ${COMP_WORDS[i]} == -- ]] && { _command_offset $((i + 1)); return; }
    done
  elif ((${#line[@]} == $1)); then
    _qctl_offer '' < <(compgen -c -- "$cur")
  else
    compopt -o default 2>/dev/null
  fi
}

_qctl() {
  local REPLY cur quote head path= places=0 first= skip= dashes= kind word i
  local -a line
  COMPREPLY=()
  _qctl_split
  for ((i = 1; i < ${#line[@]}; i++)); do
    word=${line[i]}
    if [[ $skip ]]; then
      skip=
    elif [[ $dashes || $word != -?* ]]; then
      if ((places == 0)) && _qctl_verb "$path" "$word"; then
        path=$REPLY
      elif [[ ! $path ]]; then
        return
      else
        ((places++))
        first=${first:-$word}
      fi
    elif [[ $word == -- ]]; then
      _qctl_takes_command "$path" && { _qctl_command $((i + 1)); return; }
      dashes=1
    elif [[ $word != --*=* ]] && _qctl_takes "$path" "$word"; then
      skip=1 kind=$REPLY
    fi
  done
  if [[ $skip ]]; then
    _qctl_values '' "$kind"
  elif [[ ! $dashes && $cur == --*=* ]]; then
    _qctl_takes "$path" "${cur%%=*}" && _qctl_values "${cur%%=*}=" "$REPLY"
  elif [[ ! $dashes && $cur == -* ]]; then
    for word in '' ${path:+"$path"}; do
      _qctl_options "$word" && _qctl_offer '' <<<"$REPLY"
    done
  else
    ((places == 0)) && _qctl_words "$path" && _qctl_offer '' <<<"$REPLY"
    _qctl_argument "$path" "$places" && _qctl_values '' "$REPLY"
  fi
}

complete -F _qctl qctl
