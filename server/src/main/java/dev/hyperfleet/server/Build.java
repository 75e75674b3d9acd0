package dev.hyperfleet.server;

import java.util.ResourceBundle;

/** Values that the build fills in. */
final class Build {
    static final String VERSION =
            ResourceBundle.getBundle("dev.hyperfleet.server.build").getString("version");

    private Build() {}
}
