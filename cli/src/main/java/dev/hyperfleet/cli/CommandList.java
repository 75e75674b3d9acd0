package dev.hyperfleet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The list of commands in the help: a line each, those for machines first. Other names for them are in their own help. */
public final class CommandList implements IHelpSectionRenderer {
    private static final int WIDTH = 80;
    private static final int NAME_WIDTH = 13;

    private CommandList() {}

    /** Shows this list in the help of a command. */
    public static void in(CommandLine command) {
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, _ -> "");
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, new CommandList());
    }

    @Override
    public String render(Help help) {
        List<String> machines = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (Map.Entry<String, Help> command : help.subcommands().entrySet()) {
            (Verbs.named(command.getKey()).isPresent() ? machines : others).add(line(command.getValue()));
        }
        StringBuilder text = new StringBuilder("\nMachines:\n").append(String.join("", machines));
        if (!others.isEmpty()) {
            text.append("\nServers:\n").append(String.join("", others));
        }
        return text.append("\n'%s COMMAND --help' has the rest.\n"
                        .formatted(help.commandSpec().qualifiedName()))
                .toString();
    }

    /** The first sentence. */
    private static String line(Help command) {
        String[] description = command.commandSpec().usageMessage().description();
        String first = (description.length == 0 ? "" : description[0])
                .replaceAll("(\\.|:) .*", "")
                .replaceAll("\\.$", "");
        int room = WIDTH - NAME_WIDTH - 3;
        String shown = first.length() <= room ? first : first.substring(0, room - 1) + "…";
        return ("  %-" + NAME_WIDTH + "s%s%n").formatted(command.commandSpec().name(), shown);
    }
}
