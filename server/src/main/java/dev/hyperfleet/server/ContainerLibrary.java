package dev.hyperfleet.server;

import dev.hyperfleet.core.image.ImageLibrary;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.oci.ImageFolder;
import dev.hyperfleet.oci.registry.Registry;
import dev.hyperfleet.oci.registry.RegistryHttp;
import dev.hyperfleet.oci.root.RootFile;
import java.nio.file.Path;

/** The container images in the server's home. */
final class ContainerLibrary {
    private static final int MAX_FILES = 300_000;

    private ContainerLibrary() {}

    static ImageLibrary open(Foundation base) {
        Settings settings = base.settings();
        Path folder = settings.home().resolve("containers");
        Folders.create(folder);
        RegistryHttp http = new RegistryHttp(settings.registries());
        base.closings().add("registries", http::close);
        return ImageFolder.open(folder, new Registry(http), new RootFile.Limits(settings.maxImageBytes(), MAX_FILES));
    }
}
