%% Two Erlang nodes measured as two grounds are: `machines.rs` says what each question means.
%%
%% Messages go from process to process; presence is membership of groups of `pg`, which tells whoever monitors its scope.
%% A group stands for a conversation. `ask` of some number is answered by `answer` of the same.

-module(far_node).
-export([serve/1, measure/1]).

-define(SCOPE, conversations).

%% Answers whatever the other node asks, until it is killed.
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
            %% Messages of one sender come in their order.
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

%% Prints the figures of a question, a line each.
measure([Node, Process, Question, Count]) ->
    {ok, _} = pg:start_link(?SCOPE),
    true = net_kernel:connect_node(Node),
    measure(Question, Node, atom_to_list(Process), list_to_integer(atom_to_list(Count))),
    halt().

measure(messages, Node, _, Count) ->
    Server = {server, Node},
    Payload = binary:copy(<<"x">>, 64),
    figure("there and back, median", "us", less, median([there_and_back(Server, Payload) || _ <- lists:seq(1, 2000)])),
    Start = now_us(),
    [Server ! {said, binary:copy(<<"x">>, 64)} || _ <- lists:seq(1, Count)],
    Server ! {how_many, self(), Count},
    receive all -> ok end,
    figure("one way", "thousand/s", more, Count / (now_us() - Start) * 1.0e3);
measure(presence, Node, Process, Count) ->
    {Monitor, _} = pg:monitor_scope(?SCOPE),
    figure("seen there and back, median", "us", less, median([seen(Monitor, Number) || Number <- lists:seq(1, 500)])),
    Start = now_us(),
    {server, Node} ! {fill, Count},
    told(Monitor, join, Count),
    figure("all mirrored", "ms", less, (now_us() - Start) / 1.0e3),
    Killed = now_us(),
    [] = os:cmd("kill -" ++ os:getenv("PEER_SIGNAL", "KILL") ++ " " ++ Process),
    told(Monitor, leave, Count),
    figure("all gone", "ms", less, (now_us() - Killed) / 1.0e3).

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
    io:format("~s\t~s\t~s\t~w~n", [What, Unit, Better, float(Value)]).

median(Values) ->
    lists:nth(length(Values) div 2 + 1, lists:sort(Values)).

now_us() ->
    erlang:monotonic_time(nanosecond) / 1.0e3.
