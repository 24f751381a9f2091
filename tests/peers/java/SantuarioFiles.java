import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import org.apache.xml.security.Init;
import org.apache.xml.security.exceptions.XMLSecurityException;
import org.apache.xml.security.signature.XMLSignature;
import org.apache.xml.security.signature.XMLSignatureInput;
import org.apache.xml.security.utils.resolver.ResourceResolverContext;
import org.apache.xml.security.utils.resolver.ResourceResolverException;
import org.apache.xml.security.utils.resolver.ResourceResolverSpi;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Checks the signature over files with Apache Santuario, secure validation on, under the certificate that is handed
 * over: SIGNER FOLDER..., each an unpacked ASiC container. One line a folder, as SantuarioVerify prints.
 */
final class SantuarioFiles {
    private static final String DS = "http://www.w3.org/2000/09/xmldsig#";
    private static final String XADES = "http://uri.etsi.org/01903/v1.3.2#";

    public static void main(String[] arguments) throws Exception {
        // Thirty by default: a container has as many as it has files.
        System.setProperty("org.apache.xml.security.maxReferences", "10000");
        Init.init();
        X509Certificate signer = Inputs.certificates(Path.of(arguments[0])).get(0);
        for (int i = 1; i < arguments.length; i++) {
            System.out.println(verdict(Path.of(arguments[i]), signer));
        }
    }

    private static String verdict(Path folder, X509Certificate signer) throws Exception {
        Document document = Inputs.document(folder.resolve("META-INF/signatures001.xml"));
        Element properties = (Element) document.getElementsByTagNameNS(XADES, "SignedProperties").item(0);
        properties.setIdAttribute("Id", true);
        Element element = (Element) document.getElementsByTagNameNS(DS, "Signature").item(0);
        element.setIdAttribute("Id", true);
        try {
            XMLSignature signature = new XMLSignature(element, folder.toUri().toString(), true);
            signature.addResourceResolver(new InFolder(folder));
            return signature.checkSignatureValue(signer.getPublicKey())
                    ? "accepted " + signature.getSignedInfo().getLength()
                    : "refused";
        } catch (XMLSecurityException problem) {
            return "refused: " + problem.getMessage();
        }
    }

    /** Secure validation opens no file by itself; these are the files of one folder and no others. */
    private static final class InFolder extends ResourceResolverSpi {
        private final Path folder;

        InFolder(Path folder) {
            this.folder = folder.normalize();
        }

        @Override
        public boolean engineCanResolveURI(ResourceResolverContext context) {
            String name = context.uriToResolve;
            return name != null && !name.isEmpty() && !name.startsWith("#") && path(name).startsWith(folder);
        }

        @Override
        public XMLSignatureInput engineResolveURI(ResourceResolverContext context) throws ResourceResolverException {
            try (InputStream stream = Files.newInputStream(path(context.uriToResolve))) {
                return new XMLSignatureInput(stream.readAllBytes());
            } catch (IOException problem) {
                throw new ResourceResolverException(problem, context.uriToResolve, context.baseUri, "generic.EmptyMessage");
            }
        }

        private Path path(String name) {
            return folder.resolve(name).normalize();
        }
    }
}
