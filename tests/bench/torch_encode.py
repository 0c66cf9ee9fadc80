"""torch_encode.py - the rate at which torchvision makes features of photos

    python3 torch_encode.py NETWORK FOLDER CORES

Decodes (torchvision.io), resizes and cuts by torchvision's transforms, runs the
network with channels last in inference mode, 16 photos at a time; with photos
decoded by a worker process beside, and without: prints the better rate, after
a warm-up, in photos per second; then, with one thread for all, photos per
second of a core: several threads would also count the time they wait.
"""

import os
import sys
import time

import torch
import torchvision
from torchvision.transforms import v2

BATCH = 16


class Photos(torch.utils.data.Dataset):
    def __init__(self, folder, size, shorter):
        self.paths = [os.path.join(folder, name)
                      for name in sorted(os.listdir(folder))]
        self.transform = v2.Compose([
            v2.Resize(shorter, antialias=True), v2.CenterCrop(size),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        return self.transform(torchvision.io.decode_image(
            self.paths[i], torchvision.io.ImageReadMode.RGB))


def rate(network, photos, workers):
    loader = torch.utils.data.DataLoader(photos, BATCH, num_workers=workers)
    done, begun, used = 0, None, None
    with torch.inference_mode():
        for images in loader:
            network(images.to(memory_format=torch.channels_last))
            if begun is None:          # the first batch warms up
                begun, used = time.perf_counter(), time.process_time()
            else:
                done += len(images)
    return (done / (time.perf_counter() - begun),
            done / (time.process_time() - used))


def main():
    name, folder, cores = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..",
                                    "data-prep", "encoders"))
    import export_torchvision
    torch.set_num_threads(cores)
    size, shorter = export_torchvision.NETWORKS[name][:2]
    network = export_torchvision.build(name, "random").to(
        memory_format=torch.channels_last)
    photos = Photos(folder, size, shorter)
    best = max(rate(network, photos, workers)[0] for workers in (0, 1))
    torch.set_num_threads(1)
    print(f"{best:.2f} {rate(network, photos, 0)[1]:.2f}")


if __name__ == "__main__":
    main()
