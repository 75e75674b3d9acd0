package dev.hyperfleet.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine;

/**
 * The commands for machines, which are there twice: at the top ({@code hyperfleet ls}) and below {@code machine}. Loading
 * one takes milliseconds, so only the one that is asked for is loaded.
 */
public final class Verbs {
    private static final Map<String, Supplier<Object>> ALL = all();

    /** The words that users of other programs type; each command lists its own as aliases, too. */
    private static final Map<String, String> ALIASES = Map.ofEntries(
            Map.entry("ps", "ls"),
            Map.entry("list", "ls"),
            Map.entry("shell", "sh"),
            Map.entry("ssh", "sh"),
            Map.entry("get", "describe"),
            Map.entry("inspect", "describe"),
            Map.entry("show", "describe"),
            Map.entry("status", "describe"),
            Map.entry("top", "stats"),
            Map.entry("kill", "stop"),
            Map.entry("unpause", "resume"),
            Map.entry("snapshots", "snapshot"),
            Map.entry("delete", "rm"),
            Map.entry("destroy", "rm"),
            Map.entry("remove", "rm"),
            Map.entry("update", "configure"));

    private Verbs() {}

    private static Map<String, Supplier<Object>> all() {
        Map<String, Supplier<Object>> verbs = new LinkedHashMap<>();
        verbs.put("run", RunCommand::new);
        verbs.put("ls", ListCommand::new);
        verbs.put("exec", ExecCommand::new);
        verbs.put("sh", ShellCommand::new);
        verbs.put("logs", LogsCommand::new);
        verbs.put("cp", CopyCommand::new);
        verbs.put("describe", DescribeCommand::new);
        verbs.put("stats", StatsCommand::new);
        verbs.put("create", CreateCommand::new);
        verbs.put("start", TransitionCommand.Start::new);
        verbs.put("stop", TransitionCommand.Stop::new);
        verbs.put("restart", TransitionCommand.Restart::new);
        verbs.put("pause", TransitionCommand.Pause::new);
        verbs.put("suspend", TransitionCommand.Suspend::new);
        verbs.put("resume", TransitionCommand.Resume::new);
        verbs.put("snapshot", SnapshotCommand::new);
        verbs.put("rollback", RollbackCommand::new);
        verbs.put("fork", ForkCommand::new);
        verbs.put("rm", RemoveCommand::new);
        verbs.put("wait", WaitCommand::new);
        verbs.put("configure", ConfigureCommand::new);
        verbs.put("port-forward", PortForwardCommand::new);
        verbs.put("link", LinkCommand::new);
        verbs.put("lease", LeaseCommand::new);
        return verbs;
    }

    /** The verb that this word means. */
    public static Optional<String> named(String word) {
        String verb = ALIASES.getOrDefault(word, word);
        return Optional.of(verb).filter(ALL::containsKey);
    }

    /** Adds one verb. */
    public static void add(CommandLine parent, String verb) {
        Supplier<Object> command = ALL.get(verb);
        if (command == null) {
            throw new IllegalArgumentException(verb);
        }
        Object loaded = command.get();
        // The rest of the line is another program's, with its own options.
        boolean endsWithCommand = loaded instanceof ExecCommand || loaded instanceof RunCommand;
        CommandLine line = new CommandLine(loaded).setStopAtPositional(endsWithCommand);
        parent.addSubcommand(verb, line);
    }

    /** Adds all of them. */
    public static void addAll(CommandLine parent) {
        ALL.keySet().forEach(verb -> add(parent, verb));
    }
}
