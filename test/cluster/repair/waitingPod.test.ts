import { expect } from 'chai'
import { readWaitingPod, releasedByUs } from '../../../src/cluster/repair/waitingPod.ts'
import { podObject, type PodOptions } from '../../support/podObjects.ts'

describe('The repair of Pods that wait for an image', () => {
  const left: readonly (readonly [string, PodOptions])[] = [
    ['whose containers are being created', { containers: [{ state: 'ContainerCreating' }] }],
    ['of which the kubelet has not said anything', { containers: [{}] }],
    ['that runs', { containers: [{ state: 'running' }] }],
    ['that crashes', { containers: [{ state: 'CrashLoopBackOff' }] }],
    ['whose image is never pulled', { containers: [{ state: 'ErrImagePull', pullPolicy: 'Never' }] }],
    ['whose image the node lacks and must not pull', { containers: [{ state: 'ErrImageNeverPull' }] }],
    ['whose image has an invalid name', { containers: [{ state: 'InvalidImageName' }] }],
    ['that is being deleted', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    ['that mirrors a static Pod', { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }],
  ]
  for (const [which, options] of left) {
    it(`leaves alone a Pod ${which}`, () => {
      expect(readWaitingPod(podObject(options))).to.be.undefined
    })
  }

  for (const state of ['ErrImagePull', 'ImagePullBackOff']) {
    it(`takes a Pod with a container in ${state}`, () => {
      expect([...(readWaitingPod(podObject({ containers: [{ state }] }))?.waiting ?? [])]).to.deep.equal(['main'])
    })
  }

  const releases: readonly (readonly [string, PodOptions, boolean])[] = [
    ['that the Job’s controller has given up', { owner: '' }, true],
    ['that the Job’s controller has yet to give up', { owner: 'Job', ownerName: 'import' }, true],
    ['that another object controls', { owner: 'ReplicaSet', ownerName: 'api' }, false],
  ]
  for (const [which, options, isReleased] of releases) {
    it(`takes a Pod with the annotation of one that it took out of its Job for ${isReleased ? 'such a one' : 'none'}, ${which}`, () => {
      const metadata = { annotations: { [releasedByUs]: 'uid-of-import' } }
      expect(readWaitingPod(podObject({ ...options, metadata }))?.isReleased).to.equal(isReleased)
    })
  }

  it('takes a Pod with an init container that waits', () => {
    const pod = podObject({
      initContainers: [{ name: 'init', state: 'ErrImagePull' }],
      containers: [{ state: 'PodInitializing' }],
    })
    expect([...(readWaitingPod(pod)?.waiting ?? [])]).to.deep.equal(['init'])
  })

  it('counts the image volumes that a waiting container mounts among what it waits for', () => {
    const volumes = [
      { name: 'model', image: { reference: 'quay.io/my-org/model:1' } },
      { name: 'other', image: { reference: 'quay.io/my-org/other:1' } },
      { name: 'config', configMap: {} },
    ]
    const pod = podObject({ volumes, containers: [{ state: 'ErrImagePull', mounts: ['model', 'config'] }] })
    expect([...(readWaitingPod(pod)?.waiting ?? [])]).to.deep.equal(['main', 'volume/model'])
  })

  const worked: readonly (readonly [string, PodOptions, boolean])[] = [
    [
      'a regular container that runs',
      { containers: [{ state: 'ErrImagePull' }, { name: 'b', state: 'running' }] },
      true,
    ],
    [
      'a regular container that has ended',
      { containers: [{ state: 'ErrImagePull' }, { name: 'b', state: 'ended' }] },
      true,
    ],
    ['a regular container that ran before it waited', { containers: [{ state: 'restarted' }] }, true],
    ['a regular container of whose end only the count is left', { containers: [{ state: 'restartedBefore' }] }, true],
    ['a sidecar that runs', { initContainers: [{ name: 's', isSidecar: true, state: 'running' }] }, true],
    ['an init container that has ended', { initContainers: [{ name: 'i', state: 'ended' }] }, false],
    ['nothing that has run', {}, false],
  ]
  for (const [what, options, expected] of worked) {
    it(`knows that a Pod with ${what} ${expected ? 'may have done' : 'has done no'} work`, () => {
      expect(readWaitingPod(podObject(options))?.hasWorked).to.equal(expected)
    })
  }

  it('knows the controller of a Pod, and none where another object merely owns it', () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }]
    expect(readWaitingPod(podObject())?.owner).to.deep.equal({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'api',
      uid: 'uid-of-api',
    })
    expect(readWaitingPod(podObject({ owner: '', metadata: { ownerReferences } }))?.owner).to.be.undefined
  })
})
