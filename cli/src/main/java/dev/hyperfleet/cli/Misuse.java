package dev.hyperfleet.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** A command line that is wrong: one line that says what, and where the help is. */
public final class Misuse {
    /** A suggestion differs in at most one of so many letters. */
    private static final int LETTERS_PER_MISTAKE = 3;

    private Misuse() {}

    /** Prints the line, and returns the exit status: 125 for commands that have the status of another command. */
    public static int explain(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String sentence = sentence(failure, command);
        String end = sentence.endsWith("?") || sentence.endsWith(".") ? "" : ".";
        new Output(command).say("%s%s See '%s --help'.".formatted(sentence, end, name));
        Object loaded = command.getCommand();
        return loaded instanceof ExecCommand || loaded instanceof RunCommand || loaded instanceof ShellCommand
                ? CliException.NOT_RUN
                : CommandLine.ExitCode.USAGE;
    }

    private static String sentence(ParameterException failure, CommandLine command) {
        return switch (failure) {
            case UnmatchedArgumentException unmatched ->
                unknown(unmatched.getUnmatched().getFirst(), command);
            case MissingParameterException _
            when !command.getSubcommands().isEmpty() ->
                "'%s' needs one of its commands".formatted(command.getCommandName());
            default -> String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        };
    }

    private static String unknown(String word, CommandLine command) {
        List<String> known = new ArrayList<>();
        String kind;
        if (word.startsWith("-")) {
            kind = "option";
            command.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names())));
        } else if (command.getSubcommands().isEmpty()) {
            return "'%s' is one argument too many".formatted(word);
        } else {
            kind = "command";
            known.addAll(command.getSubcommands().keySet());
        }
        return "There is no %s '%s'".formatted(kind, word)
                + Suggestion.of(word, known, Math.max(1, word.length() / LETTERS_PER_MISTAKE))
                        .map(". Did you mean '%s'?"::formatted)
                        .orElse("");
    }
}
