import dev.hyperfleet.cli.CompletionCommand;
import dev.hyperfleet.server.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes bash's completion of the command, and a page of the manual for each command: Documents.java FOLDER VERSION. */
void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    CommandLine hyperfleet = Main.commandLine();
    Path completion = Files.createDirectories(folder.resolve("bash-completion/completions"));
    Files.writeString(completion.resolve("hyperfleet"), CompletionCommand.code("bash").orElseThrow() + "\n");
    page(Files.createDirectories(folder.resolve("man/man1")), hyperfleet, arguments[1]);
}

void page(Path folder, CommandLine command, String version) throws IOException {
    CommandSpec spec = command.getCommandSpec();
    String name = spec.qualifiedName("-");
    StringBuilder text = new StringBuilder();
    text.append(".TH %s 1 \"\" \"Hyperfleet %s\"\n".formatted(name.toUpperCase(), version));
    text.append(".SH NAME\n%s \\- %s\n".formatted(escaped(name), escaped(first(spec.usageMessage().description()))));
    Help help = command.getHelp();
    text.append(".SH SYNOPSIS\n.nf\n%s.fi\n".formatted(escaped(help.synopsis(0))));
    text.append(".SH DESCRIPTION\n%s\n".formatted(lines(spec.usageMessage().description())));
    arguments(text, "ARGUMENTS", spec.positionalParameters());
    arguments(text, "OPTIONS", spec.options());
    Collection<CommandLine> commands = command.getSubcommands().values().stream().distinct().toList();
    if (!commands.isEmpty()) {
        text.append(".SH COMMANDS\n");
        for (CommandLine each : commands) {
            CommandSpec subcommand = each.getCommandSpec();
            text.append(".TP\n.B %s\n%s\n"
                    .formatted(escaped(subcommand.name()), escaped(first(subcommand.usageMessage().description()))));
        }
    }
    if (spec.usageMessage().footer().length > 0) {
        text.append(".SH NOTES\n%s\n".formatted(lines(spec.usageMessage().footer())));
    }
    if (spec.parent() != null) {
        text.append(".SH SEE ALSO\n%s(1)\n".formatted(escaped(spec.parent().qualifiedName("-"))));
    }
    Files.writeString(folder.resolve(name + ".1"), text);
    for (CommandLine each : commands) {
        if (!each.getCommandName().equals("help")) {
            page(folder, each, version);
        }
    }
}

void arguments(StringBuilder text, String title, Collection<? extends ArgSpec> arguments) {
    if (arguments.stream().allMatch(ArgSpec::hidden)) {
        return;
    }
    text.append(".SH ").append(title).append('\n');
    for (ArgSpec argument : arguments) {
        if (!argument.hidden()) {
            String names = argument instanceof OptionSpec option
                    ? String.join(", ", option.names()) + (option.arity().max() == 0 ? "" : " " + option.paramLabel())
                    : argument.paramLabel();
            String description = lines(argument.description())
                    .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()));
            text.append(".TP\n.B %s\n%s\n".formatted(escaped(names), description));
        }
    }
}

String first(String[] description) {
    return description.length == 0 ? "" : description[0].replaceFirst("\\.$", "");
}

String lines(String[] lines) {
    return Stream.of(lines).map(line -> line.isEmpty() ? ".PP" : escaped(line)).collect(Collectors.joining("\n.br\n")).replace(".br\n.PP\n.br", ".PP");
}

/** As roff takes it: a line that begins with a dot or a quote is a command to it, and a hyphen is not a minus. */
String escaped(String text) {
    return text.replace("%n", "\n").replace("\\", "\\e").replace("-", "\\-").replaceAll("(?m)^(?=[.'])", "\\\\&");
}
