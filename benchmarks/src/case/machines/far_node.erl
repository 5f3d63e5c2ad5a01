%% Two Erlang nodes, which are measured with the same questions as two grounds: see `machines/src/question.rs`.
%%
%% A message is sent from process to process. Presence is membership of a `pg` group, and a process that monitors the
%% scope of `pg` is notified of it. A group stands for a conversation. The group `ask` with a number is answered by the
%% group
%% `answer` with the same number.

-module(far_node).
-export([serve/1, measure/1]).

-define(SCOPE, conversations).

%% Answers the other node, until it is killed.
serve([Ready]) ->
    {ok, _} = pg:start_link(?SCOPE),
    {Monitor, _} = pg:monitor_scope(?SCOPE),
    true = register(server, self()),
    ok = file:write_file(atom_to_list(Ready), <<>>),
    answer(Monitor, 0).

answer(Monitor, Counted) ->
    receive
        {said, _} ->
            answer(Monitor, Counted + 1);
        {ping, From, Payload} ->
            From ! {pong, Payload},
            answer(Monitor, Counted);
        {how_many, From, All} ->
            %% Messages of one sender arrive in order.
            All = Counted,
            From ! all,
            answer(Monitor, 0);
        {fill, Count} ->
            [ok = pg:join(?SCOPE, {held, Number}, self()) || Number <- lists:seq(1, Count)],
            answer(Monitor, Counted);
        {Monitor, join, {ask, Number}, _} ->
            ok = pg:join(?SCOPE, {answer, Number}, self()),
            answer(Monitor, Counted);
        {Monitor, leave, {ask, Number}, _} ->
            ok = pg:leave(?SCOPE, {answer, Number}, self()),
            answer(Monitor, Counted);
        {Monitor, _, _, _} ->
            answer(Monitor, Counted)
    end.

%% Prints the figures of a question, one on each line. Process is the other node's process ID in the operating system.
measure([Node, Process, Question, Count]) ->
    ok = io:setopts([{encoding, unicode}]),
    {ok, _} = pg:start_link(?SCOPE),
    true = net_kernel:connect_node(Node),
    {Monitor, _} = pg:monitor_scope(?SCOPE),
    measure(Question, {server, Node}, Monitor, atom_to_list(Process), list_to_integer(atom_to_list(Count))),
    halt().

measure(messages, Server, _, _, Count) ->
    Payload = binary:copy(<<"x">>, 64),
    [there_and_back(Server, Payload) || _ <- lists:seq(1, 200)],
    Times = lists:sort([there_and_back(Server, Payload) || _ <- lists:seq(1, 2000)]),
    figure("there and back, median", [181, $s], less, lists:nth(1001, Times)),
    figure("there and back, p99", [181, $s], less, lists:nth(1981, Times)),
    Start = now_us(),
    [Server ! {said, binary:copy(<<"x">>, 64)} || _ <- lists:seq(1, Count)],
    Server ! {how_many, self(), Count},
    receive all -> ok end,
    figure("one way", "thousand/s", more, Count / (now_us() - Start) * 1.0e3);
measure(presence, Server, Monitor, Process, Count) ->
    Times = lists:nthtail(200, [seen(Monitor, Number) || Number <- lists:seq(1, 700)]),
    figure("seen there and back, median", [181, $s], less, lists:nth(251, lists:sort(Times))),
    Start = now_us(),
    fill(Server, Monitor, Count),
    figure("all seen", "ms", less, (now_us() - Start) / 1.0e3),
    gone(Monitor, Process, "KILL", Count);
measure(silence, Server, Monitor, Process, Count) ->
    fill(Server, Monitor, Count),
    gone(Monitor, Process, "STOP", Count).

fill(Server, Monitor, Count) ->
    Server ! {fill, Count},
    told(Monitor, join, Count).

gone(Monitor, Process, Signal, Count) ->
    Start = now_us(),
    [] = os:cmd("kill -" ++ Signal ++ " " ++ Process),
    told(Monitor, leave, Count),
    figure("all gone", "ms", less, (now_us() - Start) / 1.0e3).

there_and_back(Server, Payload) ->
    Start = now_us(),
    Server ! {ping, self(), Payload},
    receive {pong, Payload} -> now_us() - Start end.

%% How long it takes until an answer to a presence is present.
seen(Monitor, Number) ->
    Start = now_us(),
    ok = pg:join(?SCOPE, {ask, Number}, self()),
    receive {Monitor, join, {answer, Number}, _} -> ok end,
    Time = now_us() - Start,
    ok = pg:leave(?SCOPE, {ask, Number}, self()),
    receive {Monitor, leave, {answer, Number}, _} -> ok end,
    Time.

told(_, _, 0) ->
    ok;
told(Monitor, What, Count) ->
    receive {Monitor, What, {held, _}, _} -> told(Monitor, What, Count - 1) end.

figure(What, Unit, Better, Value) ->
    io:format("~s\t~ts\t~s\t~w~n", [What, Unit, Better, float(Value)]).

now_us() ->
    erlang:monotonic_time(nanosecond) / 1.0e3.
