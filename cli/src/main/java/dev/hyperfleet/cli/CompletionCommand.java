package dev.hyperfleet.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Completes command lines in a shell: commands, options, and machines' names, which it asks the server for. */
@Command(
        name = "completion",
        description = {
            "Print the code by which a shell completes commands, options and machines' names.",
            "bash: source <(hyperfleet completion bash)",
            "zsh: source <(hyperfleet completion zsh)",
            "fish: hyperfleet completion fish | source"
        })
public final class CompletionCommand implements Callable<Integer> {
    private static final String BASH = """
            _hyperfleet() {
              local IFS=$'\\n'
              COMPREPLY=($(hyperfleet completion --words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null))
            }
            complete -o default -F _hyperfleet hyperfleet""";
    private static final String ZSH = """
            autoload -U +X compinit && compinit
            _hyperfleet() {
              local -a candidates
              candidates=("${(@f)$(hyperfleet completion --words -- "${words[@]:1:$((CURRENT - 1))}" 2> /dev/null)}")
              compadd -a candidates
            }
            compdef _hyperfleet hyperfleet""";
    private static final String FISH = """
            function __hyperfleet
              hyperfleet completion --words -- (commandline -opc)[2..-1] (commandline -ct) 2> /dev/null
            end
            complete -c hyperfleet -f -a '(__hyperfleet)'""";

    @Option(names = "--words", hidden = true, description = "Print what the last of these words can be.")
    private boolean words;

    @Parameters(paramLabel = "bash|zsh|fish", arity = "1..*")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<String> given;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Supplier<CommandLine> whole;

    /**
     * Completion of this command line.
     *
     * @param whole with all its commands
     */
    public CompletionCommand(Supplier<CommandLine> whole) {
        this.whole = whole;
    }

    @Override
    public Integer call() {
        Output output = new Output(spec.commandLine());
        if (words) {
            candidates().distinct().sorted().forEach(output::text);
            return 0;
        }
        output.text(code(given.getFirst())
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "'%s' is not bash, zsh or fish".formatted(given.getFirst()))));
        return 0;
    }

    /** The code for this shell. */
    public static Optional<String> code(String shell) {
        return switch (shell) {
            case "bash" -> Optional.of(BASH);
            case "zsh" -> Optional.of(ZSH);
            case "fish" -> Optional.of(FISH);
            default -> Optional.empty();
        };
    }

    private Stream<String> candidates() {
        CommandLine command = whole.get();
        for (String word : given.subList(0, given.size() - 1)) {
            @Nullable CommandLine next = command.getSubcommands().get(word);
            command = next == null ? command : next;
        }
        String begun = given.getLast();
        return of(command.getCommandSpec(), begun.startsWith("-")).filter(word -> word.startsWith(begun));
    }

    private static Stream<String> of(CommandSpec command, boolean options) {
        if (options) {
            return command.options().stream().filter(option -> !option.hidden()).map(OptionSpec::longestName);
        }
        boolean ofMachine = command.positionalParameters().stream()
                .map(ArgSpec::paramLabel)
                .anyMatch(label -> label.contains("NAME|ID"));
        Stream<String> commands = command.subcommands().keySet().stream();
        return ofMachine ? Stream.concat(commands, machines()) : commands;
    }

    private static Stream<String> machines() {
        try {
            return ApiClient.fromEnvironment()
                    .list(null)
                    .get("machines")
                    .valueStream()
                    .map(machine -> machine.get("name").asString());
        } catch (CliException unreachable) {
            return Stream.empty();
        }
    }
}
