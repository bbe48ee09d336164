// Says what is wrong when a script is not run by the Node that the project brings along.
const [major] = process.versions.node.split(".").map(Number);
if (major < 24) {
  console.error(
    `This needs Node 24, which \`npm ci\` installs as a dev dependency; this is ${process.version}. ` +
      "Run it through npm (`npm start`, `npm test`), and install without --ignore-scripts.",
  );
  process.exit(1);
}
