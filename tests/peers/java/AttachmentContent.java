import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import javax.xml.crypto.Data;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.NodeSetData;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.XMLStructure;
import javax.xml.crypto.dsig.TransformException;
import javax.xml.crypto.dsig.TransformService;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import org.apache.xml.security.c14n.Canonicalizer;
import org.apache.xml.security.signature.XMLSignatureInput;
import org.apache.xml.security.utils.resolver.ResourceResolver;
import org.apache.xml.security.utils.resolver.ResourceResolverContext;
import org.apache.xml.security.utils.resolver.ResourceResolverException;
import org.apache.xml.security.utils.resolver.ResourceResolverSpi;
import org.w3c.dom.Element;

/**
 * Attachments for WSS4J 1.6, which has none: what {@code cid:} leads to, and the transform of their content (Web
 * Services Security SOAP Messages with Attachments Profile 1.1, 5.4.2: XML is written in exclusive C14N without
 * comments, by Apache Santuario). Who signed what, and whether the digests are right, WSS4J judges as ever.
 */
public final class AttachmentContent extends TransformService {
    private static final String TRANSFORM =
            "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform";

    /** From now on, a reference to {@code cid:NAME} leads to the file NAME of {@code folder}. */
    static void read(Path folder) {
        Security.addProvider(new Attachments());
        ResourceResolver.register(new Resolver(folder), true);
    }

    @Override
    public Data transform(Data data, XMLCryptoContext context) throws TransformException {
        return new OctetStreamData(new ByteArrayInputStream(canonical(data)));
    }

    @Override
    public Data transform(Data data, XMLCryptoContext context, OutputStream stream) throws TransformException {
        try {
            stream.write(canonical(data));
        } catch (IOException unwritten) {
            throw new TransformException(unwritten);
        }
        return null;
    }

    private static byte[] canonical(Data data) throws TransformException {
        Iterator<?> nodes = ((NodeSetData) data).iterator();
        while (nodes.hasNext()) {
            if (nodes.next() instanceof Element root) {
                try {
                    return Canonicalizer.getInstance(Canonicalizer.ALGO_ID_C14N_EXCL_OMIT_COMMENTS)
                            .canonicalizeSubtree(root);
                } catch (Exception refused) {
                    throw new TransformException(refused);
                }
            }
        }
        throw new TransformException("an attachment without an element");
    }

    @Override
    public AlgorithmParameterSpec getParameterSpec() {
        return null;
    }

    @Override
    public void init(TransformParameterSpec parameters) {}

    @Override
    public void init(XMLStructure parent, XMLCryptoContext context) {}

    @Override
    public void marshalParams(XMLStructure parent, XMLCryptoContext context) throws MarshalException {}

    @Override
    public boolean isFeatureSupported(String feature) {
        return false;
    }

    private static final class Attachments extends Provider {
        private static final long serialVersionUID = 1;

        Attachments() {
            super("Attachments", "1", "attachments of SOAP messages");
            putService(new Service(
                    this,
                    "TransformService",
                    TRANSFORM,
                    AttachmentContent.class.getName(),
                    List.of(),
                    Map.of("MechanismType", "DOM")));
        }
    }

    private static final class Resolver extends ResourceResolverSpi {
        private final Path folder;

        Resolver(Path folder) {
            this.folder = folder;
        }

        @Override
        public boolean engineIsThreadSafe() {
            return true;
        }

        @Override
        public boolean engineCanResolveURI(ResourceResolverContext context) {
            return context.uriToResolve != null && context.uriToResolve.startsWith("cid:");
        }

        @Override
        public XMLSignatureInput engineResolveURI(ResourceResolverContext context) throws ResourceResolverException {
            Path file = folder.resolve(context.uriToResolve.substring("cid:".length()));
            try {
                if (!Files.isRegularFile(file)) {
                    throw new IOException("no such attachment");
                }
                return new XMLSignatureInput(Inputs.document(file));
            } catch (Exception unread) {
                throw new ResourceResolverException(unread, context.uriToResolve, context.baseUri, "generic.EmptyMessage");
            }
        }
    }
}
